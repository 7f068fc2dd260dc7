using System.Text.Json.Serialization;

namespace Mesh.Api.Resources;

/// <summary>A service of a policy's own namespace. The shape is Gateway API's LocalPolicyTargetReference.</summary>
public sealed class ServiceReference
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
}
