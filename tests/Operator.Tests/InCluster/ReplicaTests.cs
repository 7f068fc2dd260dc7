using System.Text;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Mesh.Api.Discovery;
using Mesh.Api.Identity;
using Mesh.Operator.Hosting;
using Mesh.Operator.Identity;
using Mesh.Operator.Tests.Discovery;
using Mesh.Operator.Tests.Identity;

namespace Mesh.Operator.Tests.InCluster;

/// <summary>Two replicas of an operator, each with a proxy of its own.</summary>
public sealed class ReplicaTests(IdentityFixture mesh) : IClassFixture<IdentityFixture>
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task NewAnchor_IsIssuedFrom_OnceTheProxiesOfEveryReplicaTrustIt()
    {
        // Elsewhere others have pods, too, that would have to trust it.
        _ = mesh.Cluster.StandIn;
        await using var other = await mesh.StartReplicaAsync("operator-2");
        await SayWhoServesAsync("operator-under-test", "operator-2");
        var (frontend, payments) = (await mesh.CreatePodAsync(isMeshed: true), await mesh.CreatePodAsync("payments", "payments-1", isMeshed: true));
        using var first = await ConnectAsync(frontend, mesh.Services);
        using var second = await ConnectAsync(payments, other.Services);
        await TrustAsync(first, anchors: 1);
        await TrustAsync(second, anchors: 1);

        await mesh.Client.CoreV1.PatchNamespacedSecretAsync(
            new V1Patch("""{"metadata": {"annotations": {"mesh.io/rotate": "now"}}}""", V1Patch.PatchType.MergePatch),
            IdentityNames.Secret, mesh.Namespace, cancellationToken: Cancelled);
        await TrustAsync(first, anchors: 2);
        await Eventually.HoldsAsync(async () =>
        {
            Assert.Equal(0, (int?)(await WordOfAsync("operator-under-test"))["waiting"]);
            Assert.Equal(1, (int?)(await WordOfAsync("operator-2"))["waiting"]);
        });
        Assert.Equal([AnchorPhase.Issuing, AnchorPhase.Introduced], await PhasesAsync());

        await TrustAsync(second, anchors: 2);
        await Eventually.HoldsAsync(async () => Assert.Equal([AnchorPhase.Retired, AnchorPhase.Issuing], await PhasesAsync()));
        await other.StopAsync(Cancelled);
    }

    [Fact]
    public async Task Policy_IsProgrammed_OnceTheProxiesOfEveryReplicaAre()
    {
        _ = mesh.Cluster.StandIn;
        await using var other = await mesh.StartReplicaAsync("operator-3");
        await SayWhoServesAsync("operator-under-test", "operator-3");
        var frontend = await mesh.CreatePodAsync();
        var ns = frontend.Namespace();
        var payments = await mesh.CreatePodAsync("payments", "payments-1", ns);
        (await mesh.Cluster.Kubectl.RunWithInputAsync($"{ShopManifests.Service(ns)}\n---\n{ShopManifests.Endpoints(ns, "10.9.0.1")}", "apply", "-f", "-")).Succeeded();
        using var first = await ConnectAsync(frontend, mesh.Services);
        using var second = await ConnectAsync(payments, other.Services);
        foreach (var proxy in new[] { first, second }) await proxy.AcknowledgeAsync(await proxy.SubscribedAsync("catalog"));

        (await mesh.Cluster.Kubectl.RunWithInputAsync(ShopManifests.Policy(ns, "retries: {attempts: 1}"), "apply", "-f", "-")).Succeeded();
        await first.AcknowledgeAsync(await first.NextUpdateAsync());
        var update = await second.NextUpdateAsync();
        await ProgrammedAsync(ns, "False", "Pending", "1/2 proxies");

        await second.AcknowledgeAsync(update);
        await ProgrammedAsync(ns, "True", "Programmed", "2/2 proxies");

        // Who is gone isn't waited for.
        await other.StopAsync(Cancelled);
        second.Dispose();
        await SayWhoServesAsync("operator-under-test");
        await ProgrammedAsync(ns, "True", "Programmed", "1/1 proxies");
    }

    [Fact]
    public async Task PolicyInShadow_SaysWhatItWouldHaveDone_WithTheProxiesOfEveryReplica()
    {
        _ = mesh.Cluster.StandIn;
        await using var other = await mesh.StartReplicaAsync("operator-4");
        await SayWhoServesAsync("operator-under-test", "operator-4");
        var frontend = await mesh.CreatePodAsync();
        var ns = frontend.Namespace();
        var payments = await mesh.CreatePodAsync("payments", "payments-1", ns);
        var policy = ShopManifests.Policy(ns, "mode: Shadow\n  timeouts: {request: 200ms}");
        (await mesh.Cluster.Kubectl.RunWithInputAsync($"{ShopManifests.Service(ns)}\n---\n{ShopManifests.Endpoints(ns, "10.9.0.1")}\n---\n{policy}", "apply", "-f", "-")).Succeeded();
        using var first = await ConnectAsync(frontend, mesh.Services);
        using var second = await ConnectAsync(payments, other.Services);

        await ReportAsync(first, requests: 1000, timeouts: 3);
        await ReportAsync(second, requests: 500, timeouts: 12);

        await ConditionAsync(ns, "Shadow", "True", "Evaluated", "Of 1500 requests it would have timed out 1 %");
        await other.StopAsync(Cancelled);
        await SayWhoServesAsync("operator-under-test");
    }

    private static async Task ReportAsync(TestProxy proxy, ulong requests, ulong timeouts)
    {
        DestinationUpdate update = await proxy.SubscribedAsync("catalog");
        while (update.Shadow?.Sources is not { Count: > 0 })
        {
            await proxy.AcknowledgeAsync(update);
            update = await proxy.NextUpdateAsync();
        }
        await proxy.AcknowledgeAsync(update);
        await proxy.SendAsync(new()
        {
            ShadowReport = new() { Destination = update.Destination, Version = update.Version, Requests = requests, Decisions = { new ShadowDecision { Decision = "request-timeout", Count = timeouts } } },
        });
    }

    private Task ProgrammedAsync(string ns, string status, string reason, string message) => ConditionAsync(ns, "Programmed", status, reason, message);

    private Task ConditionAsync(string ns, string type, string status, string reason, string message) => Eventually.HoldsAsync(async () =>
    {
        var policy = JsonNode.Parse((await mesh.Cluster.Kubectl.RunAsync("get", "trafficpolicy", "catalog", "-n", ns, "-o", "json")).Succeeded())!;
        var condition = policy["status"]?["conditions"]?.AsArray().Single(condition => (string?)condition!["type"] == type);
        Assert.Equal((status, reason, message), ((string?)condition?["status"], (string?)condition?["reason"], (string?)condition?["message"]));
    });

    private async Task<TestProxy> ConnectAsync(V1Pod pod, IServiceProvider replica)
    {
        var address = replica.GetRequiredService<Listeners>().AddressOf(Listener.Discovery);
        using var unproven = new CertifyClient(address, IdentityFixture.NewSource());
        var identity = await unproven.ObtainAsync(await mesh.TokenAsync(pod));
        // The proxy's, and disposed with it.
        var client = new CertifyClient(address, IdentityFixture.NewSource(), identity);
        return await TestProxy.ConnectAsync(client.Discovery, pod.Name(), pod.Namespace());
    }

    private static async Task TrustAsync(TestProxy proxy, int anchors)
    {
        WorkloadUpdate update;
        do update = await proxy.NextWorkloadAsync();
        while (update.TrustAnchors.Count != anchors);
        await proxy.AcknowledgeWorkloadAsync(update);
    }

    private async Task<JsonNode> WordOfAsync(string replica)
    {
        var map = await mesh.Client.CoreV1.ReadNamespacedConfigMapAsync(IdentityNames.ProgressConfigMap, mesh.Namespace, cancellationToken: Cancelled);
        return JsonNode.Parse(map.Data[replica])!;
    }

    private async Task<IEnumerable<AnchorPhase>> PhasesAsync()
    {
        var secret = await mesh.Client.CoreV1.ReadNamespacedSecretAsync(IdentityNames.Secret, mesh.Namespace, cancellationToken: Cancelled);
        return AuthorityRecord.Parse(Encoding.UTF8.GetString(secret.Data["authority.json"])).Anchors.Select(anchor => anchor.Phase);
    }

    // What Kubernetes says of the operator's own Service.
    private async Task SayWhoServesAsync(params string[] replicas) => (await mesh.Cluster.Kubectl.RunWithInputAsync($$"""
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata:
          labels: {kubernetes.io/service-name: mesh-operator}
          namespace: {{mesh.Namespace}}
          name: mesh-operator-1
        addressType: IPv4
        ports: [{name: discovery, port: 15010}]
        endpoints: [{{string.Join(", ", replicas.Select((name, i) => $"{{addresses: [127.0.0.{i + 1}], conditions: {{serving: true}}, targetRef: {{kind: Pod, name: \"{name}\" }} }}"))}}]
        """, "apply", "-f", "-")).Succeeded();
}
