using k8s;
using k8s.Exceptions;
using k8s.KubeConfigModels;
using YamlDotNet.Core;
using YamlDotNet.Serialization;

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
            : KubernetesClientConfiguration.BuildConfigFromConfigObject(Read(kubeconfig));
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

    // The client's own reader of YAML knows every kind of Kubernetes, and takes 60 MB for that.
    private static K8SConfiguration Read(string kubeconfig)
    {
        if (!File.Exists(kubeconfig)) throw new KubeConfigException($"There is no file {kubeconfig}.");
        try
        {
            var read = new DeserializerBuilder().IgnoreUnmatchedProperties().Build().Deserialize<K8SConfiguration?>(File.ReadAllText(kubeconfig));
            if (read is null) throw new KubeConfigException($"{kubeconfig} is empty.");
            // Files that it names are relative to it.
            read.FileName = Path.GetFullPath(kubeconfig);
            return read;
        }
        catch (YamlException exception)
        {
            throw new KubeConfigException($"{kubeconfig}: {exception.Message}", exception);
        }
    }
}
