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
    private async Task SayWhoServesAsync(params string[] replicas) => await mesh.Client.DiscoveryV1.CreateNamespacedEndpointSliceAsync(
        new V1EndpointSlice
        {
            Metadata = new() { Name = "mesh-operator-1", Labels = new Dictionary<string, string> { ["kubernetes.io/service-name"] = "mesh-operator" } },
            AddressType = "IPv4",
            Endpoints = [.. replicas.Select((name, i) => new V1Endpoint { Addresses = [$"127.0.0.{i + 1}"], TargetRef = new() { Kind = "Pod", Name = name }, Conditions = new() { Ready = true, Serving = true } })],
            Ports = [new() { Name = "discovery", Port = 15010 }],
        },
        mesh.Namespace, cancellationToken: Cancelled);
}
