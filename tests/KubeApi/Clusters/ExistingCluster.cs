namespace Mesh.KubeApi.Clusters;

/// <summary>The cluster that KUBECONFIG names. It's used as it is; only what tests create is deleted.</summary>
internal sealed class ExistingCluster(string kubeConfigPath) : ICluster
{
    public string Description => $"the existing cluster of {KubeConfigPath}";

    public string KubeConfigPath { get; } = kubeConfigPath;

    public ApiServer? StandIn => null;

    public bool CanRestart => false;

    public bool EmptiesNamespaces => true;

    public Task RestartAsync() => throw new NotSupportedException($"{Description} can't be restarted by a test.");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
