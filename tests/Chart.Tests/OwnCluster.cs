using k8s;
using Mesh.KubeApi.Clusters;

namespace Mesh.Chart.Tests;

/// <summary>An API server for each test: it installs the mesh, of which there is one to a cluster.</summary>
public abstract class OwnCluster : IAsyncLifetime
{
    /// <summary>The namespace that the mesh is installed into.</summary>
    protected const string Space = "mesh-system";

    /// <summary>With real kubectl and helm.</summary>
    protected ClusterFixture Cluster { get; } = new();

    /// <summary>An administrator's.</summary>
    protected Kubernetes Client { get; private set; } = null!;

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await Cluster.InitializeAsync();
        Assert.SkipUnless(Cluster.Cluster.CanRestart, $"installs the mesh, which is no test's business on {Cluster.Cluster.Description}");
        Client = Cluster.CreateClient();
    }

    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        await Cluster.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
