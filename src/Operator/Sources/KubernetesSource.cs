using Mesh.Operator.State;

namespace Mesh.Operator.Sources;

/// <summary>Fills the state from a Kubernetes API server, with an informer for each kind.</summary>
internal sealed class KubernetesSource(
    KubernetesConnection connection,
    IResourceSink sink,
    InformerOptions options,
    SourceMetrics metrics,
    TimeProvider time,
    ILogger<Informer> logger) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(WatchedKinds.All.Select(kind => new Informer(kind, connection, sink, options, metrics, time, Random.Shared, logger).RunAsync(stoppingToken)));
}
