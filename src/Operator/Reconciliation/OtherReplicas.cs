using Mesh.Api.Resources;
using Mesh.Operator.Compilation;
using Mesh.Operator.State;

namespace Mesh.Operator.Reconciliation;

/// <summary>
/// The operator's other replicas, by the endpoints of its own Service. Each counts only the proxies that are connected to it, so
/// while one of them hasn't said how far its own are, the lease holder doesn't claim that every proxy is programmed
/// (docs/decisions/operator-replicas.md).
/// </summary>
/// <param name="state">Where the endpoints are.</param>
/// <param name="service">The Service that proxies connect to.</param>
/// <param name="self">This replica's pod.</param>
internal sealed class OtherReplicas(ClusterState state, NamespacedName service, string self)
{
    /// <summary>Their pods, as far as they serve.</summary>
    public IReadOnlyCollection<string> Names() =>
    [
        .. (from slice in state.Current.EndpointSlicesByService.GetValueOrDefault(service)?.Values ?? []
            from endpoint in slice.Endpoints ?? []
            let pod = endpoint.TargetRef?.Name
            where endpoint.Conditions?.Serving is not false && pod is not null && pod != self
            select pod).Distinct(),
    ];

    /// <summary>The status with a claim that holds for all of them, or in spite of them.</summary>
    /// <param name="status">What this replica knows.</param>
    /// <param name="others">How many they are, at least one.</param>
    /// <param name="all">What all have counted; null where that isn't known.</param>
    public ResourceStatus Qualify(ResourceStatus status, int others, ReplicaCount? all) =>
        status with { Conditions = [.. status.Conditions.Select(condition => Qualify(condition, others, all))], Shadow = all is null ? status.Shadow : all.Shadow };

    private Condition Qualify(Condition condition, int others, ReplicaCount? all) => condition switch
    {
        { Type: ConditionTypes.Programmed } when all is not null => StatusCompiler.Programmed(new(all.Acknowledged, all.Subscribed, all.Refusal)),
        { Type: ConditionTypes.Shadow } when all is not null => StatusCompiler.Shadow(all.Shadow),
        { Type: ConditionTypes.Programmed, Holds: true } => condition with { Holds = false, Reason = "NotCounted", Message = Qualify(condition.Message, others) },
        { Type: ConditionTypes.Shadow } => condition with { Message = Qualify(condition.Message, others) },
        _ => condition,
    };

    private string Qualify(string message, int others) =>
        $"{message} of operator {self}; those of {others} other operator replica{(others == 1 ? "" : "s")} are not counted";
}
