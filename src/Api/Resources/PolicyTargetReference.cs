using System.Text.Json.Serialization;

namespace Mesh.Api.Resources;

/// <summary>What a policy attaches to. The shape is Gateway API's NamespacedPolicyTargetReference.</summary>
public sealed class PolicyTargetReference
{
    /// <summary>The API group; empty for core. Default: empty.</summary>
    [JsonPropertyName("group")]
    public string Group { get; set; } = "";

    /// <summary>The kind; <c>Service</c> is the one there is. Default: Service.</summary>
    [JsonPropertyName("kind")]
    public string Kind { get; set; } = "Service";

    /// <summary>The object's name.</summary>
    [JsonPropertyName("name")]
    public string Name { get; set; } = "";

    /// <summary>The object's namespace. Default: the policy's own.</summary>
    [JsonPropertyName("namespace")]
    public string? Namespace { get; set; }
}
