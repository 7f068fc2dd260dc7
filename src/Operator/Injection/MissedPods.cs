using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using k8s.Models;
using Mesh.Api.Injection;
using Mesh.Api.Resources;
using Mesh.Operator.Reconciliation;
using Mesh.Operator.State;
using Mesh.Operator.Telemetry;

namespace Mesh.Operator.Injection;

/// <summary>
/// Finds pods that should have a sidecar and have none: created before their namespace was annotated, or while the webhook was away.
/// Each is told of by an Event once, and counted as long as it runs.
/// </summary>
internal sealed partial class MissedPods : ILeaderWork
{
    private const string Reason = "NotInjected";

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly ClusterState _state;
    private readonly ISidecarSettings _settings;
    private readonly EventWriter _events;
    private readonly TimeProvider _time;
    private readonly ILogger<MissedPods> _logger;
    private volatile ImmutableDictionary<string, int> _counts = ImmutableDictionary<string, int>.Empty;

    public MissedPods(ClusterState state, ISidecarSettings settings, EventWriter events, IMeterFactory meters, TimeProvider time, ILogger<MissedPods> logger)
    {
        (_state, _settings, _events, _time, _logger) = (state, settings, events, time, logger);
        meters.Create(OperatorMeter.Name).CreateObservableGauge(
            "mesh_operator_missed_pods",
            () => _counts.Select(count => new Measurement<int>(count.Value, new KeyValuePair<string, object?>("namespace", count.Key))),
            description: "Pods that should have a sidecar and have none, by namespace; the lease holder counts them.");
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var told = new HashSet<string>();
        using var timer = new PeriodicTimer(Interval, _time);
        try
        {
            do
            {
                try
                {
                    await LookAsync(told, cancellationToken);
                }
                catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
                {
                    LogFailed(exception.Describe());
                }
            }
            while (await timer.WaitForNextTickAsync(cancellationToken));
        }
        finally
        {
            _counts = ImmutableDictionary<string, int>.Empty;
        }
    }

    private async Task LookAsync(HashSet<string> told, CancellationToken cancellationToken)
    {
        var cluster = _state.Current;
        if (!cluster.IsSynced) return;
        var options = await _settings.CurrentAsync(cancellationToken);
        var missed = cluster.Pods.Values.Where(pod => PodInjector.IsMissed(pod, Annotations(cluster, pod), options)).ToList();
        _counts = missed.CountBy(pod => pod.Metadata.NamespaceProperty).ToImmutableDictionary();
        told.IntersectWith(missed.Select(pod => pod.Metadata.Uid));
        foreach (var pod in missed.Where(pod => told.Add(pod.Metadata.Uid))) await TellAsync(cluster, pod, cancellationToken);
    }

    private Task TellAsync(ClusterSnapshot cluster, V1Pod pod, CancellationToken cancellationToken)
    {
        var owner = PodInjector.Decides(pod) ? "the pod" : $"namespace {pod.Metadata.NamespaceProperty}";
        LogMissed(pod.Metadata.NamespaceProperty, pod.Metadata.Name, owner);
        // The state's objects carry no kind.
        var regarding = new V1Pod { ApiVersion = "v1", Kind = V1Pod.KubeKind, Metadata = pod.Metadata };
        return _events.WarnAsync(
            regarding, Reason, Reason,
            $"annotation {MeshApi.InjectAnnotation} on {owner} asks for a sidecar, and the pod has none: it is older than the annotation, or came while the mesh's webhook was away. "
            + "Restart its workload (kubectl rollout restart) to have one.",
            cancellationToken);
    }

    private static IDictionary<string, string>? Annotations(ClusterSnapshot cluster, V1Pod pod) =>
        cluster.Namespaces.GetValueOrDefault(pod.Metadata.NamespaceProperty)?.Metadata.Annotations;

    [LoggerMessage(LogLevel.Warning, "Pod {Namespace}/{Name} has no sidecar, though annotation mesh.io/inject on {Owner} asks for one.")]
    private partial void LogMissed(string @namespace, string name, string owner);

    [LoggerMessage(LogLevel.Warning, "Could not look for pods without a sidecar; trying again. {Reason}")]
    private partial void LogFailed(string reason);
}
