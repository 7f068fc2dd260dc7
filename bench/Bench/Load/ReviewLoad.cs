using System.Net.Http.Headers;
using System.Text;
using Mesh.Rig;
using Mesh.Rig.Traffic;

namespace Mesh.Bench.Load;

/// <summary>A closed loop of admission reviews: pods of a Deployment that ask for a sidecar.</summary>
internal static class ReviewLoad
{
    private static readonly byte[] Review = Encoding.UTF8.GetBytes("""
        {"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "request": {"uid": "0f5b6a0e-6c1f-4e0c-9a54-2f0c9e6f7a11",
         "kind": {"group": "", "version": "v1", "kind": "Pod"}, "resource": {"group": "", "version": "v1", "resource": "pods"}, "namespace": "shop", "operation": "CREATE",
         "userInfo": {"username": "system:serviceaccount:kube-system:replicaset-controller", "groups": ["system:serviceaccounts", "system:authenticated"]},
         "object": {"kind": "Pod", "apiVersion": "v1",
          "metadata": {"generateName": "catalog-7d4b9c6f5-", "labels": {"app": "catalog", "pod-template-hash": "7d4b9c6f5"}, "annotations": {"mesh.io/inject": "true"},
           "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "catalog-7d4b9c6f5", "uid": "7c1d", "controller": true}]},
          "spec": {"serviceAccountName": "catalog", "terminationGracePeriodSeconds": 30, "restartPolicy": "Always",
           "volumes": [{"name": "config", "configMap": {"name": "catalog"}}, {"name": "kube-api-access-x2v5q", "projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}}],
           "initContainers": [{"name": "migrate", "image": "shop/migrate:1"}],
           "containers": [{"name": "app", "image": "shop/catalog:1", "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}],
            "env": [{"name": "LOG_LEVEL", "value": "info"}, {"name": "DB", "value": "db.shop:5432"}],
            "readinessProbe": {"httpGet": {"path": "/ready", "port": "http"}, "periodSeconds": 5}, "livenessProbe": {"httpGet": {"path": "/healthz", "port": "http"}},
            "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}}, "volumeMounts": [{"name": "config", "mountPath": "/etc/catalog"}]}]}},
         "dryRun": false, "options": {"kind": "CreateOptions", "apiVersion": "meta.k8s.io/v1"}}}
        """);

    /// <param name="client">Keeps connections, as API servers do.</param>
    /// <param name="concurrent">Creates under way at a time.</param>
    /// <param name="length">For how long.</param>
    /// <param name="time">By which clock.</param>
    /// <param name="stop">Ends it early.</param>
    /// <returns>Pods that got their sidecar, and how long each took.</returns>
    public static async Task<(long Pods, LatencyHistogram Latency)> RunAsync(HttpClient client, int concurrent, TimeSpan length, TimeProvider time, CancellationToken stop)
    {
        var latency = new LatencyHistogram();
        var gate = new Lock();
        var pods = 0L;
        var began = time.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, concurrent).Select(_ => Task.Run(LoopAsync, stop)));
        return (pods, latency);

        async Task LoopAsync()
        {
            while (time.GetElapsedTime(began) < length)
            {
                var sent = time.GetTimestamp();
                await AskAsync(client, stop);
                var took = time.GetElapsedTime(sent);
                lock (gate)
                {
                    latency.Record(took);
                    pods++;
                }
            }
        }
    }

    private static async Task AskAsync(HttpClient client, CancellationToken stop)
    {
        using var content = new ByteArrayContent(Review) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        using var response = await client.PostAsync(new Uri("/inject", UriKind.Relative), content, stop);
        var answer = await response.Content.ReadAsStringAsync(stop);
        if (!response.IsSuccessStatusCode || !answer.Contains("\"patch\"", StringComparison.Ordinal)) throw new RigFailedException($"the webhook answered {(int)response.StatusCode} without a sidecar: {answer}");
    }
}
