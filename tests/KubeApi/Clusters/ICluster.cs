namespace Mesh.KubeApi.Clusters;

/// <summary>A Kubernetes API that tests run against.</summary>
public interface ICluster : IAsyncDisposable
{
    /// <summary>What it is, for the reason of a skipped test.</summary>
    string Description { get; }

    /// <summary>A kubeconfig file whose current context is an administrator's.</summary>
    string KubeConfigPath { get; }

    /// <summary>The stand-in, with its faults, where that's what it is.</summary>
    ApiServer? StandIn { get; }

    /// <summary>Whether <see cref="RestartAsync"/> can be called.</summary>
    bool CanRestart { get; }

    /// <summary>Whether deleting a namespace deletes what it holds: the work of a controller, which not every test cluster runs.</summary>
    bool EmptiesNamespaces { get; }

    /// <summary>Stops the API server and starts it again at the same address, with what it stored; returns once it's ready.</summary>
    Task RestartAsync();
}
