using System.Text.Json.Serialization;

namespace Mesh.Api.Probes;

/// <summary>A connection to a port of the pod.</summary>
public sealed record TcpSocketProbe
{
    /// <summary>The container's port; a name has been looked up.</summary>
    [JsonPropertyName("port")]
    public required int Port { get; init; }
}
