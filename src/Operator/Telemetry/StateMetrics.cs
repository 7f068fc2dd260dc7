using System.Diagnostics.Metrics;
using Mesh.Operator.State;

namespace Mesh.Operator.Telemetry;

/// <summary>How much the operator knows.</summary>
internal sealed class StateMetrics
{
    public StateMetrics(IMeterFactory meters, ClusterState state) =>
        meters.Create(OperatorMeter.Name).CreateObservableGauge(
            "mesh_operator_objects",
            () => ResourceKinds.All.Select(kind => new Measurement<long>(state.Current.Count(kind), new KeyValuePair<string, object?>("kind", kind.ToString()))),
            description: "Objects that the operator holds.");
}
