using Mesh.KubeApi.Clusters;

namespace Mesh.KubeApi.Tests;

/// <summary>The mesh's manifests as users apply them, on a server of their own: a webhook configuration concerns everyone.</summary>
public sealed class InstallationTests : IAsyncLifetime
{
    private readonly ClusterFixture _cluster = new();

    public ValueTask InitializeAsync() => _cluster.InitializeAsync();

    public async ValueTask DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task Apply_OfTheConfigFolder_IsAccepted_AndUnchangedTheSecondTime()
    {
        Assert.SkipUnless(_cluster.Cluster.CanRestart, $"installs the mesh, which is no test's business on {_cluster.Cluster.Description}");
        var folder = Path.Combine(Repository.Root, "config");

        var first = (await _cluster.Kubectl.RunAsync("apply", "-k", folder)).Succeeded();
        var second = (await _cluster.Kubectl.RunAsync("apply", "-k", folder)).Succeeded();

        Assert.Contains("clusterrole.rbac.authorization.k8s.io", first, StringComparison.Ordinal);
        Assert.Contains("deployment.apps", first, StringComparison.Ordinal);
        Assert.DoesNotContain("configured", second, StringComparison.Ordinal);
    }
}
