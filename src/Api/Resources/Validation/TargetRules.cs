namespace Mesh.Api.Resources.Validation;

/// <summary>Each target only once.</summary>
internal static class TargetRules
{
    // That a target without a namespace is one in the policy's own, the CRD's rule can't see.
    public static IEnumerable<FieldError> Check(TrafficPolicy policy)
    {
        var seen = new HashSet<(string, string, string, string)>();
        for (var i = 0; i < policy.Spec.TargetRefs.Count; i++)
        {
            var target = policy.Spec.TargetRefs[i];
            var targetNamespace = target.Namespace ?? policy.Metadata.NamespaceProperty ?? "";
            if (!seen.Add((target.Group, target.Kind, targetNamespace, target.Name)))
                yield return new($"spec.targetRefs[{i}]", $"{target.Kind} {targetNamespace}/{target.Name} a second time", "each target only once");
        }
    }
}
