using k8s.Models;
using Mesh.Api.Resources;
using Mesh.Operator.State;

namespace Mesh.Operator.Compilation;

/// <summary>Fields of a policy that another of equal standing has first: one in the same namespace and mode, on the same service, older.</summary>
internal static class PolicyConflicts
{
    public static IEnumerable<PolicyConflict> Of(ClusterSnapshot cluster, TrafficPolicy policy)
    {
        foreach (var target in PolicyTargets.Of(policy).Distinct())
        {
            var older = AttachedPolicies.Of(cluster, target)
                .Where(other => other.Namespace() == policy.Namespace() && PolicyMerge.IsEnforced(other) == PolicyMerge.IsEnforced(policy))
                .TakeWhile(other => other != policy)
                .ToList();
            foreach (var field in PolicyFields.All.Where(field => field.IsSet(policy.Spec)))
            {
                if (older.Find(other => field.IsSet(other.Spec)) is { } winner) yield return new(field.Path, target, NamespacedName.Of(winner));
            }
        }
    }
}
