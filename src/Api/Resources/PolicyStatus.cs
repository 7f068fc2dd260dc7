using System.Text.Json.Serialization;
using k8s.Models;

namespace Mesh.Api.Resources;

/// <summary>What has become of a resource, as standard conditions.</summary>
public sealed class PolicyStatus
{
    /// <summary>The generation that the conditions speak of.</summary>
    [JsonPropertyName("observedGeneration")]
    public long? ObservedGeneration { get; set; }

    /// <summary>One of each type in <see cref="ConditionTypes"/>.</summary>
    [JsonPropertyName("conditions")]
    public IReadOnlyList<V1Condition> Conditions { get; set; } = [];

    /// <summary>Of a TrafficPolicy whose mode is Shadow: what it would have done so far. Absent otherwise.</summary>
    [JsonPropertyName("shadow")]
    public ShadowStatus? Shadow { get; set; }
}

/// <summary>The types of condition that the operator writes.</summary>
public static class ConditionTypes
{
    /// <summary>The resource is valid and in force.</summary>
    public const string Accepted = "Accepted";

    /// <summary>Everything that it refers to exists.</summary>
    public const string ResolvedRefs = "ResolvedRefs";

    /// <summary>The proxies that it concerns route by it; the message counts them (<c>4/4 proxies</c>).</summary>
    public const string Programmed = "Programmed";

    /// <summary>Another policy, older or more specific, claims one of its fields for one of its targets.</summary>
    public const string Conflicted = "Conflicted";

    /// <summary>Of MeshConfig: certificates are issued, and can be as long as nobody does anything; the message says until when.</summary>
    public const string IdentityReady = "IdentityReady";

    /// <summary>The policy is evaluated and changes nothing; the message says what it would have done.</summary>
    public const string Shadow = "Shadow";
}
