using k8s;
using Mesh.Operator.Tests.InCluster;

namespace Mesh.Operator.Tests.Injection;

/// <summary>Pods that should have a sidecar and have none.</summary>
[Collection(nameof(OperatorInCluster))]
public sealed class MissedPodTests(OperatorFixture fixture)
{
    [Fact]
    public async Task PodOlderThanItsNamespacesAnnotation_IsToldOf_AndCounted()
    {
        var ns = await fixture.CreateNamespaceAsync();
        (await fixture.ApplyAsync(Pod(ns, "old"))).Succeeded();
        (await fixture.ApplyAsync(Pod(ns, "host", "hostNetwork: true"))).Succeeded();
        // Of no scheduler, so that no node says anything else about it.
        (await fixture.ApplyAsync(Pod(ns, "done", "restartPolicy: Never\n  schedulerName: nobody"))).Succeeded();
        (await fixture.Kubectl.RunAsync("patch", "pod", "done", "-n", ns, "--subresource=status", "--type=merge", "-p", """{"status": {"phase": "Succeeded"}}""")).Succeeded();
        (await fixture.Kubectl.RunAsync("annotate", "namespace", ns, "mesh.io/inject=true")).Succeeded();
        (await fixture.ApplyAsync(Pod(ns, "new"))).Succeeded();

        await Eventually.HoldsAsync(async () =>
        {
            var events = await fixture.Client.EventsV1.ListNamespacedEventAsync(ns, cancellationToken: TestContext.Current.CancellationToken);
            var missed = Assert.Single(events.Items, e => e.Reason == "NotInjected");
            Assert.Equal(("Pod", "old", "Warning"), (missed.Regarding.Kind, missed.Regarding.Name, missed.Type));
            Assert.StartsWith($"annotation mesh.io/inject on namespace {ns} asks for a sidecar, and the pod has none", missed.Note, StringComparison.Ordinal);
        });
        await Eventually.HoldsAsync(async () => Assert.Equal(["1"], await CountsAsync(ns)));

        (await fixture.Kubectl.RunAsync("delete", "pod", "old", "-n", ns)).Succeeded();

        await Eventually.HoldsAsync(async () => Assert.Empty(await CountsAsync(ns)));
    }

    private async Task<IEnumerable<string>> CountsAsync(string ns)
    {
        using var client = new HttpClient();
        var metrics = await client.GetStringAsync(new Uri($"http://{fixture.Admin}/metrics"), TestContext.Current.CancellationToken);
        return metrics.Split('\n').Where(line => line.StartsWith("mesh_operator_missed_pods{", StringComparison.Ordinal) && line.Contains($"\"{ns}\"", StringComparison.Ordinal)).Select(line => line.Split(' ')[1]);
    }

    private static string Pod(string ns, string name, string more = "") => $$"""
        apiVersion: v1
        kind: Pod
        metadata: {name: {{name}}, namespace: {{ns}}}
        spec:
          {{more}}
          containers: [{name: app, image: shop/catalog:1}]
        """;
}
