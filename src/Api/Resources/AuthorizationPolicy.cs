using System.Text.Json.Serialization;
using k8s;
using k8s.Models;

namespace Mesh.Api.Resources;

/// <summary>
/// Who may do what in pods of its namespace. A request is refused where a Deny policy matches it; where Allow policies apply and none
/// matches it; and where none applies and the namespace's default does not let it in.
/// </summary>
[KubernetesEntity(Group = MeshApi.Group, ApiVersion = MeshApi.Version, Kind = KubeKind, PluralName = KubePlural)]
public sealed class AuthorizationPolicy : IKubernetesObject<V1ObjectMeta>, ISpec<AuthorizationPolicySpec>, IStatus<PolicyStatus?>
{
    /// <summary>The kind, as manifests name it.</summary>
    public const string KubeKind = "AuthorizationPolicy";

    /// <summary>The plural, as URLs name it.</summary>
    public const string KubePlural = "authorizationpolicies";

    /// <inheritdoc/>
    [JsonPropertyName("apiVersion")]
    public string ApiVersion { get; set; } = MeshApi.GroupVersion;

    /// <inheritdoc/>
    [JsonPropertyName("kind")]
    public string Kind { get; set; } = KubeKind;

    /// <inheritdoc/>
    [JsonPropertyName("metadata")]
    public V1ObjectMeta Metadata { get; set; } = new();

    /// <inheritdoc/>
    [JsonPropertyName("spec")]
    public AuthorizationPolicySpec Spec { get; set; } = new();

    /// <inheritdoc/>
    [JsonPropertyName("status")]
    public PolicyStatus? Status { get; set; }
}

/// <summary>The pods that a policy applies to, and its rules.</summary>
public sealed class AuthorizationPolicySpec
{
    /// <summary>Services of its namespace: the pods behind them, on the ports that those services send to. Absent with <see cref="PodSelector"/>.</summary>
    [JsonPropertyName("targetRefs")]
    public IReadOnlyList<ServiceReference>? TargetRefs { get; set; }

    /// <summary>Pods of its namespace, on every port. Default, where there are no targetRefs either: all of them.</summary>
    [JsonPropertyName("podSelector")]
    public PodSelectorSettings? PodSelector { get; set; }

    /// <summary>What becomes of what matches. Default: Allow.</summary>
    [JsonPropertyName("action")]
    public PolicyAction? Action { get; set; }

    /// <summary>Whether it takes effect, or is only evaluated and counted. Default: Enforce.</summary>
    [JsonPropertyName("mode")]
    public PolicyMode? Mode { get; set; }

    /// <summary>One must match; none: nothing matches. At most 64.</summary>
    [JsonPropertyName("rules")]
    public IReadOnlyList<AuthorizationRuleSettings>? Rules { get; set; }

    /// <summary>Whose tokens are verified; at most 8.</summary>
    [JsonPropertyName("jwt")]
    public IReadOnlyList<JwtSettings>? Jwt { get; set; }
}

/// <summary>What becomes of what a policy matches.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PolicyAction>))]
public enum PolicyAction
{
    /// <summary>It is let in, and what no Allow policy matches is not.</summary>
    Allow,

    /// <summary>It is refused, whatever allows it.</summary>
    Deny,

    /// <summary>It is counted, and nothing is decided.</summary>
    Audit,
}
