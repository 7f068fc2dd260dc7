using System.Globalization;
using k8s;
using k8s.Models;
using Mesh.Api.Resources;

namespace Mesh.Operator.Reconciliation;

/// <summary>Events for what <c>kubectl describe</c> should show: a policy that is invalid, in conflict, or refused by a proxy.</summary>
internal sealed class PolicyEvents(EventWriter events)
{
    public async Task TellAsync(IKubernetesObject<V1ObjectMeta> entity, PolicyStatus? before, PolicyStatus after, CancellationToken cancellationToken)
    {
        foreach (var condition in after.Conditions.Where(IsBad))
        {
            var same = before?.Conditions.Any(c => c.Type == condition.Type && c.Status == condition.Status && c.Reason == condition.Reason && c.Message == condition.Message);
            if (same is not true) await TellAsync(entity, condition, cancellationToken);
        }
    }

    // That a target or a proxy is still to come is no news.
    private static bool IsBad(V1Condition condition) => condition switch
    {
        { Type: ConditionTypes.Accepted, Status: "False" } => true,
        { Type: ConditionTypes.Conflicted, Status: "True" } => true,
        { Type: ConditionTypes.Programmed, Status: "False", Reason: "Refused" } => true,
        _ => false,
    };

    private Task TellAsync(IKubernetesObject<V1ObjectMeta> entity, V1Condition condition, CancellationToken cancellationToken) => events.WarnAsync(
        entity,
        string.Create(CultureInfo.InvariantCulture, $"{condition.ObservedGeneration} {condition.Type} {condition.Reason} {condition.Message}"),
        condition.Reason,
        condition.Message,
        cancellationToken);
}
