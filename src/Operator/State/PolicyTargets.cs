using Mesh.Api.Resources;

namespace Mesh.Operator.State;

internal static class PolicyTargets
{
    /// <summary>The services that a policy names; those of other groups and kinds are none.</summary>
    public static IEnumerable<NamespacedName> Of(TrafficPolicy policy) =>
        from target in policy.Spec.TargetRefs
        where target is { Group: "", Kind: "Service" }
        select Of(policy, target);

    public static NamespacedName Of(TrafficPolicy policy, PolicyTargetReference target) =>
        new(target.Namespace ?? policy.Metadata.NamespaceProperty ?? "", target.Name);
}
