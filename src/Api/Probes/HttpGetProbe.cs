using System.Text.Json.Serialization;

namespace Mesh.Api.Probes;

/// <summary>A GET request to a port of the pod.</summary>
public sealed record HttpGetProbe
{
    /// <summary>The container's port; a name has been looked up.</summary>
    [JsonPropertyName("port")]
    public required int Port { get; init; }

    /// <summary>The path, with its query. Default: /.</summary>
    [JsonPropertyName("path")]
    public string? Path { get; init; }

    /// <summary>HTTP or HTTPS, whose certificate nobody checks, as the kubelet doesn't. Default: HTTP.</summary>
    [JsonPropertyName("scheme")]
    public string? Scheme { get; init; }

    /// <summary>Header fields to send; Host may be among them.</summary>
    [JsonPropertyName("httpHeaders")]
    public IReadOnlyList<ProbeHeader>? HttpHeaders { get; init; }
}
