using Mesh.Api.Resources.Validation;

namespace Mesh.Api.Resources;

/// <summary>
/// What the schemas of the mesh's own kinds can't say: the meaning of their CEL rules, for where no API server evaluates them, and
/// what CEL can't see either.
/// </summary>
public static class ResourceValidation
{
    /// <summary>Every error of a policy that the schema allows.</summary>
    public static IReadOnlyList<FieldError> Validate(TrafficPolicy policy) =>
        [.. TargetRules.Check(policy), .. SettingsRules.Check("spec", policy.Spec)];

    /// <summary>Every error of a policy that the schema allows.</summary>
    public static IReadOnlyList<FieldError> Validate(AuthorizationPolicy policy) => [.. AuthorizationPolicyRules.Check(policy.Spec)];

    /// <summary>Every error of a configuration that the schema allows. One not named default is valid; it counts for nothing.</summary>
    public static IReadOnlyList<FieldError> Validate(MeshConfig config) =>
    [
        .. config.Spec.Defaults is { } defaults ? SettingsRules.Check("spec.defaults", defaults) : [],
        .. config.Spec.Identity is { } identity ? IdentityRules.Check("spec.identity", identity) : [],
    ];
}
