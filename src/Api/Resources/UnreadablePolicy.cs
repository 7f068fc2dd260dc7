using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using k8s;

namespace Mesh.Api.Resources;

/// <summary>What is left of an AuthorizationPolicy that can't be read: to what it applies, as far as that can.</summary>
public static class UnreadablePolicy
{
    /// <summary>A policy that can be read, and makes no sense: its targets, where they do; every pod of its namespace, where they don't.</summary>
    public static AuthorizationPolicy TargetsOf(AuthorizationPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        return new()
        {
            Metadata = policy.Metadata,
            Spec = policy.Spec is { TargetRefs: not null, PodSelector: not null }
                ? new()
                : new() { TargetRefs = policy.Spec.TargetRefs is { Count: > 0 } targets ? targets : null, PodSelector = policy.Spec.PodSelector },
        };
    }

    /// <summary>The same for one that the schema does not allow.</summary>
    /// <param name="manifest">The object.</param>
    /// <param name="errors">What is wrong with it: targets that have no part in it are believed.</param>
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "Only the operator and meshctl read manifests, and neither is trimmed.")]
    public static AuthorizationPolicy TargetsOf(JsonObject manifest, IReadOnlyList<FieldError> errors)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        var spec = new JsonObject();
        foreach (var field in (string[])["targetRefs", "podSelector"])
        {
            var isGood = !errors.Any(error => error.Path.StartsWith($"spec.{field}", StringComparison.Ordinal));
            if (isGood && manifest["spec"] is JsonObject written && written[field] is { } target) spec[field] = target.DeepClone();
        }
        var readable = new JsonObject { ["metadata"] = manifest["metadata"]?.DeepClone(), ["status"] = manifest["status"]?.DeepClone(), ["spec"] = spec };
        return KubernetesJson.Deserialize<AuthorizationPolicy>(readable.ToJsonString());
    }
}
