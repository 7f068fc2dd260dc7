using System.Text.Json.Serialization;

namespace Mesh.Api.Probes;

/// <summary>A call of gRPC's health check at a port of the pod, without TLS.</summary>
public sealed record GrpcProbe
{
    /// <summary>The container's port.</summary>
    [JsonPropertyName("port")]
    public required int Port { get; init; }

    /// <summary>The service to ask about. Default: the whole server.</summary>
    [JsonPropertyName("service")]
    public string? Service { get; init; }
}
