using k8s.Models;
using Mesh.Api.Resources;
using Mesh.Operator.State;

namespace Mesh.Operator.Compilation;

/// <summary>The policies in force on a service.</summary>
internal static class AttachedPolicies
{
    /// <summary>Each policy in force that names the service, the older before the newer, then by name.</summary>
    public static IEnumerable<TrafficPolicy> Of(ClusterSnapshot cluster, NamespacedName service)
    {
        if (!cluster.PoliciesByTarget.TryGetValue(service, out var names)) return [];
        return from name in names
               let policy = cluster.Policies[name].InForce
               where policy is not null && PolicyTargets.Of(policy).Contains(service)
               orderby policy.CreationTimestamp() ?? DateTime.MaxValue, name
               select policy;
    }
}
