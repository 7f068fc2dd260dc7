using System.Net;
using k8s;
using k8s.Models;
using Mesh.EndToEnd.Tests.Applications;
using Mesh.EndToEnd.Tests.Meshes;
using Mesh.KubeApi.Clusters;

namespace Mesh.EndToEnd.Tests;

/// <summary>The mesh on the Kubernetes API: the operator as a program, kubectl as its user, sidecars that carry real traffic.</summary>
public sealed class ClusterTests(ClusterFixture cluster) : IClassFixture<ClusterFixture>, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mesh-e2e-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task PolicyAppliedWithKubectl_ChangesTraffic_AndKubectlWaitsForProgrammed()
    {
        Assert.SkipWhen(cluster.Cluster.StandIn is null, "endpoints are on loopback here, which a real API server refuses");
        var shop = await CreateNamespaceAsync();
        await using var application = await Application.StartAsync(StandaloneMesh.NewAddress());
        var system = await CreateNamespaceAsync("mesh-system");
        await using var @operator = await StartOperatorAsync(system);
        var discovery = await @operator.ListensForAsync("discovery");
        await using var server = await Sidecar.StartAsync(discovery, await IdentityAsync(system, shop, "server"), shop, "server", application.Http);
        await ApplyAsync(Service(shop, server.Inbound!));
        await using var client = await Sidecar.StartAsync(discovery, await IdentityAsync(system, shop, "client"), shop, "client", destinations: $"web.{shop}:80");
        await client.ServesAsync(HttpVersion.Version11, Cancellation);

        application.Answer = context => context.Response.WriteAsync(context.Request.Headers["mesh-client-id"].ToString());
        using (var http = new HttpClient()) Assert.Equal($"spiffe://cluster.local/ns/{shop}/sa/client", await http.GetStringAsync($"http://{client.Destinations[0]}/", Cancellation));

        var count = 0;
        application.Answer = context =>
        {
            context.Response.StatusCode = Interlocked.Increment(ref count) % 2 == 0 ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK;
            return Task.CompletedTask;
        };
        await ApplyAsync(Policy(shop, "retries: {attempts: 0}"));
        await WaitUntilProgrammedAsync(shop, generation: 1);
        Assert.Equal(10, await SuccessesOfTwentyAsync(client));

        await ApplyAsync(Policy(shop, "retries: {attempts: 2, on: [ServerError], budget: {percent: 100}}"));
        await WaitUntilProgrammedAsync(shop, generation: 2);
        Assert.Equal(20, await SuccessesOfTwentyAsync(client));
        var table = (await cluster.Kubectl.RunAsync("get", "mesh", "-n", shop)).Succeeded();
        Assert.Contains("1/1 proxies", table, StringComparison.Ordinal);
    }

    private async Task<MeshProcess> StartOperatorAsync(string @namespace)
    {
        var manifests = Path.Combine(AppContext.BaseDirectory, "config/crds");
        (await cluster.Kubectl.RunAsync("apply", "-k", manifests)).Succeeded();
        (await cluster.Kubectl.RunAsync("wait", "--for=condition=Established", "crd/trafficpolicies.mesh.io", "crd/meshconfigs.mesh.io")).Succeeded();
        return MeshProcess.Start("mesh-operator", "run", "--kubeconfig", cluster.Cluster.KubeConfigPath, "--namespace", @namespace,
            "--discovery", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--webhook", "127.0.0.1:0");
    }

    // What the injector and the kubelet give a pod's sidecar: here it is a process, and the pod is written down only.
    private async Task<string[]> IdentityAsync(string system, string shop, string name)
    {
        await ApplyAsync($$"""
            apiVersion: v1
            kind: ServiceAccount
            metadata: {name: {{name}}, namespace: {{shop}} }
            ---
            apiVersion: v1
            kind: Pod
            metadata: {name: {{name}}, namespace: {{shop}} }
            spec:
              serviceAccountName: {{name}}
              initContainers: [{name: mesh-init, image: mesh/proxy}, {name: mesh-proxy, image: mesh/proxy, restartPolicy: Always}]
              containers: [{name: app, image: app}]
            """);
        using var kubernetes = cluster.CreateClient();
        var pod = await kubernetes.CoreV1.ReadNamespacedPodAsync(name, shop, cancellationToken: Cancellation);
        var request = new Authenticationv1TokenRequest
        {
            Spec = new() { Audiences = ["mesh.io"], BoundObjectRef = new() { ApiVersion = "v1", Kind = "Pod", Name = name, Uid = pod.Uid() } },
        };
        var token = Path.Combine(_folder, $"{name}.token");
        await File.WriteAllTextAsync(token, (await kubernetes.CoreV1.CreateNamespacedServiceAccountTokenAsync(request, name, shop, cancellationToken: Cancellation)).Status.Token, Cancellation);
        var anchors = Path.Combine(_folder, "anchors.pem");
        (await cluster.Kubectl.RunAsync("wait", "--for=create", "configmap/mesh-trust-anchors", "-n", system, "--timeout=60s")).Succeeded();
        await File.WriteAllTextAsync(anchors, (await kubernetes.CoreV1.ReadNamespacedConfigMapAsync("mesh-trust-anchors", system, cancellationToken: Cancellation)).Data["ca.crt"], Cancellation);
        return ["--trust-anchors", anchors, "--token-file", token, "--operator-identity", $"spiffe://cluster.local/ns/{system}/sa/mesh-operator"];
    }

    private async Task<string> CreateNamespaceAsync(string prefix = "shop")
    {
        var name = ClusterFixture.UniqueNamespace(prefix);
        (await cluster.Kubectl.RunAsync("create", "namespace", name)).Succeeded();
        return name;
    }

    private async Task ApplyAsync(string manifest) => (await cluster.Kubectl.RunWithInputAsync(manifest, "apply", "-f", "-")).Succeeded();

    private async Task WaitUntilProgrammedAsync(string @namespace, int generation)
    {
        // Programmed may still be true of the generation before: wait for the status to speak of this one first.
        foreach (var condition in new[] { $"jsonpath={{.status.observedGeneration}}={generation}", "condition=Programmed" })
            (await cluster.Kubectl.RunAsync("wait", $"--for={condition}", "trafficpolicy/web", "-n", @namespace, "--timeout=30s")).Succeeded();
    }

    private static async Task<int> SuccessesOfTwentyAsync(Sidecar client)
    {
        using var http = new HttpClient();
        var successes = 0;
        for (var i = 0; i < 20; i++)
        {
            using var response = await http.GetAsync($"http://{client.Destinations[0]}/", Cancellation);
            if (response.IsSuccessStatusCode) successes++;
        }
        return successes;
    }

    private static string Service(string @namespace, IPEndPoint endpoint) => $$"""
        apiVersion: v1
        kind: Service
        metadata: {name: web, namespace: {{@namespace}} }
        spec:
          ports: [{name: http, port: 80, protocol: TCP}]
        ---
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata:
          name: web-1
          namespace: {{@namespace}}
          labels: {kubernetes.io/service-name: web}
        addressType: IPv4
        ports: [{name: http, port: {{endpoint.Port}}, protocol: TCP}]
        endpoints: [{addresses: ["{{endpoint.Address}}"], conditions: {ready: true}, targetRef: {kind: Pod, namespace: {{@namespace}}, name: server} }]
        """;

    private static string Policy(string @namespace, string settings) => $$"""
        apiVersion: mesh.io/v1alpha1
        kind: TrafficPolicy
        metadata: {name: web, namespace: {{@namespace}} }
        spec:
          targetRefs: [{kind: Service, name: web}]
          {{settings}}
        """;
}
