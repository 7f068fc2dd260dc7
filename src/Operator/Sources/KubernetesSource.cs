using Mesh.Operator.State;

namespace Mesh.Operator.Sources;

/// <summary>Fills the state from a Kubernetes API server, with an informer for each kind.</summary>
internal sealed class KubernetesSource(
    KubernetesConnection connection,
    IResourceSink sink,
    InformerOptions options,
    SourceMetrics metrics,
    TimeProvider time,
    ILogger<Informer> logger) : BackgroundLoop
{
    protected override Task RunAsync(CancellationToken stoppingToken) => AllOrNone.RunAsync([.. WatchedKinds.All.Select(Follow)], stoppingToken);

    private Func<CancellationToken, Task> Follow(WatchedKind kind) =>
        new Informer(kind, connection, sink, options, metrics, time, Random.Shared, logger).RunAsync;
}
