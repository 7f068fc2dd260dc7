using k8s;

namespace Mesh.Operator.Sources;

/// <summary>Opens the operator's connection to its API server.</summary>
internal static class KubernetesClientFactory
{
    // The client's own three minutes would leave a connection that was silently dropped to the watchdog.
    private static readonly TimeSpan PingDelay = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    /// <param name="kubeconfig">A kubeconfig file, for its current context; null: as the pod's service account.</param>
    public static Kubernetes Create(string? kubeconfig)
    {
        var config = kubeconfig is null
            ? KubernetesClientConfiguration.InClusterConfig()
            : KubernetesClientConfiguration.BuildConfigFromConfigFile(kubeconfig);
        config.FirstMessageHandlerSetup = handler =>
        {
            handler.KeepAlivePingDelay = PingDelay;
            handler.KeepAlivePingTimeout = PingTimeout;
            handler.ConnectTimeout = ConnectTimeout;
            // Six watches and more share the connection; none may wait for another to end.
            handler.EnableMultipleHttp2Connections = true;
        };
        return new Kubernetes(config);
    }
}
