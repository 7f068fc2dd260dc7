using System.Text.Json.Serialization;

namespace Mesh.Api.Probes;

/// <summary>
/// What the kubelet would have asked the application, and asks by way of the sidecar; one of the three, with Kubernetes' own names.
/// </summary>
public sealed record ApplicationProbe
{
    /// <summary>An HTTP request; answered with 200 to 399 where the application is well.</summary>
    [JsonPropertyName("httpGet")]
    public HttpGetProbe? HttpGet { get; init; }

    /// <summary>A connection; accepted where the application is well.</summary>
    [JsonPropertyName("tcpSocket")]
    public TcpSocketProbe? TcpSocket { get; init; }

    /// <summary>A call of <c>grpc.health.v1.Health/Check</c>; answered with SERVING where the application is well.</summary>
    [JsonPropertyName("grpc")]
    public GrpcProbe? Grpc { get; init; }
}
