using Mesh.Operator.Tests.InCluster;

namespace Mesh.Operator.Tests.Sources;

/// <summary>From the Kubernetes API to a proxy's stream, whatever happens to the API server in between.</summary>
[Collection(nameof(OperatorInCluster))]
public sealed class KubernetesSourceTests(OperatorFixture fixture)
{
    [Fact]
    public async Task EndpointChange_ReachesProxy()
    {
        var ns = await fixture.CreateNamespaceAsync();
        await ApplyAsync(ShopManifests.Service(ns), ShopManifests.Endpoints(ns, "10.9.0.1", "10.9.0.2"));
        await using var proxy = await ConnectedProxy.ConnectAsync(fixture, $"frontend-{ns}", ns, "catalog");
        await Eventually.HoldsAsync(() => Assert.Equal(["10.9.0.1:8080", "10.9.0.2:8080"], proxy.Endpoints));

        await ApplyAsync(ShopManifests.Endpoints(ns, "10.9.0.2", "10.9.0.3"));

        await Eventually.HoldsAsync(() => Assert.Equal(["10.9.0.2:8080", "10.9.0.3:8080"], proxy.Endpoints));
    }

    [Fact]
    public async Task ServiceThatComesLater_ReachesProxyThatWaitsForIt()
    {
        var ns = await fixture.CreateNamespaceAsync();
        await using var proxy = await ConnectedProxy.ConnectAsync(fixture, $"frontend-{ns}", ns, "catalog");

        await ApplyAsync(ShopManifests.Service(ns), ShopManifests.Endpoints(ns, "10.9.0.1"));

        await Eventually.HoldsAsync(() => Assert.Equal(["10.9.0.1:8080"], proxy.Endpoints));
        Assert.Equal($"{ns}/catalog:80", proxy.Destination);
    }

    [Fact]
    public async Task ApiServerRestart_MissesNothing()
    {
        var ns = await fixture.CreateNamespaceAsync();
        await ApplyAsync(ShopManifests.Service(ns), ShopManifests.Endpoints(ns, "10.9.0.1"));
        await using var proxy = await ConnectedProxy.ConnectAsync(fixture, $"frontend-{ns}", ns, "catalog");
        await Eventually.HoldsAsync(() => Assert.Equal(["10.9.0.1:8080"], proxy.Endpoints));

        await fixture.Cluster.RestartAsync();
        await ApplyAsync(ShopManifests.Endpoints(ns, "10.9.0.2"));

        await Eventually.HoldsAsync(() => Assert.Equal(["10.9.0.2:8080"], proxy.Endpoints));
    }

    [Fact]
    public async Task WatchCut_MissesNothing()
    {
        var ns = await fixture.CreateNamespaceAsync();
        await ApplyAsync(ShopManifests.Service(ns), ShopManifests.Endpoints(ns, "10.9.0.1"));
        await using var proxy = await ConnectedProxy.ConnectAsync(fixture, $"frontend-{ns}", ns, "catalog");

        for (var i = 2; i < 6; i++)
        {
            fixture.Cluster.StandIn.CutWatches();
            await ApplyAsync(ShopManifests.Endpoints(ns, $"10.9.0.{i}"));
        }

        await Eventually.HoldsAsync(() => Assert.Equal(["10.9.0.5:8080"], proxy.Endpoints));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Compaction_ListsAgain_DeletionsIncluded(bool refused)
    {
        var ns = await fixture.CreateNamespaceAsync();
        await ApplyAsync(ShopManifests.Service(ns), ShopManifests.Endpoints(ns, "10.9.0.1"));
        await using var proxy = await ConnectedProxy.ConnectAsync(fixture, $"frontend-{ns}", ns, "catalog");
        await Eventually.HoldsAsync(() => Assert.Equal(["10.9.0.1:8080"], proxy.Endpoints));

        fixture.Cluster.StandIn.RefusesExpiredWatches = refused;
        fixture.Cluster.StandIn.SilenceWatches();
        (await fixture.Kubectl.RunAsync("delete", "endpointslice", "catalog-1", "-n", ns)).Succeeded();
        fixture.Cluster.StandIn.Compact();
        fixture.Cluster.StandIn.CutWatches();

        await Eventually.HoldsAsync(() => Assert.Empty(proxy.Endpoints));
    }

    [Fact]
    public async Task WatchThatGoesSilent_IsNoticed()
    {
        var ns = await fixture.CreateNamespaceAsync();
        await ApplyAsync(ShopManifests.Service(ns), ShopManifests.Endpoints(ns, "10.9.0.1"));
        await using var proxy = await ConnectedProxy.ConnectAsync(fixture, $"frontend-{ns}", ns, "catalog");
        await Eventually.HoldsAsync(() => Assert.Equal(["10.9.0.1:8080"], proxy.Endpoints));

        fixture.Cluster.StandIn.SilenceWatches();
        await ApplyAsync(ShopManifests.Endpoints(ns, "10.9.0.2"));

        await Eventually.HoldsAsync(() => Assert.Equal(["10.9.0.2:8080"], proxy.Endpoints));
    }

    private async Task ApplyAsync(params string[] manifests) => (await fixture.ApplyAsync(string.Join("\n---\n", manifests))).Succeeded();
}
