using System.Text.Json.Serialization;

namespace Mesh.Api.Probes;

/// <summary>A header field of a probe.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its value.</param>
public sealed record ProbeHeader([property: JsonPropertyName("name")] string Name, [property: JsonPropertyName("value")] string Value);
