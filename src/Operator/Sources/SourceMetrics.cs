using System.Diagnostics.Metrics;
using Mesh.Operator.State;
using Mesh.Operator.Telemetry;

namespace Mesh.Operator.Sources;

/// <summary>How well the API server can be followed.</summary>
internal sealed class SourceMetrics
{
    private readonly Counter<long> _restarts;
    private readonly Counter<long> _unreadable;

    public SourceMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(OperatorMeter.Name);
        _restarts = meter.CreateCounter<long>("mesh_operator_watch_restarts", description: "Watches that ended and were begun again, by kind and reason.");
        _unreadable = meter.CreateCounter<long>("mesh_operator_unreadable_objects", description: "Objects that could not be read, each time they were seen.");
    }

    public void Restarted(ResourceKind kind, WatchEnd reason) =>
        _restarts.Add(1, new("kind", kind.ToString()), new("reason", Reason(reason)));

    public void Unreadable(ResourceKind kind) => _unreadable.Add(1, new KeyValuePair<string, object?>("kind", kind.ToString()));

    private static string Reason(WatchEnd reason) => reason switch
    {
        WatchEnd.Closed => "closed",
        WatchEnd.Failed => "failed",
        WatchEnd.Gone => "gone",
        WatchEnd.Silent => "silent",
        _ => "relist",
    };
}
