using System.Text.Json.Serialization;

namespace Mesh.Api.Resources;

/// <summary>Pods, by their labels.</summary>
public sealed class PodSelectorSettings
{
    /// <summary>All of them must be equal; 1 to 16.</summary>
    [JsonPropertyName("matchLabels")]
    public IReadOnlyDictionary<string, string> MatchLabels { get; set; } = new Dictionary<string, string>();
}
