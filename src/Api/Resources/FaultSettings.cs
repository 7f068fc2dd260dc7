using System.Text.Json.Serialization;

namespace Mesh.Api.Resources;

/// <summary>What to break on purpose, and for which requests. It needs a share, a header or identities, and a delay or an abort.</summary>
public sealed class FaultSettings : RequestMatchSettings
{
    /// <summary>The share of the requests that match, 0 to 100 percent; hundredths count. Default: 100.</summary>
    [JsonPropertyName("percent")]
    public double? Percent { get; set; }

    /// <summary>How long the request is held, 1 ms to 1 h. Before the abort, where both are there. Default: not at all.</summary>
    [JsonPropertyName("delay")]
    public MeshDuration? Delay { get; set; }

    /// <summary>How it is answered instead of being sent. Default: it is sent.</summary>
    [JsonPropertyName("abort")]
    public AbortSettings? Abort { get; set; }
}

/// <summary>How a request is answered that is not sent: exactly one of the two.</summary>
public sealed class AbortSettings
{
    /// <summary>With this status, 400 to 599.</summary>
    [JsonPropertyName("status")]
    public int? Status { get; set; }

    /// <summary>With this gRPC code.</summary>
    [JsonPropertyName("grpcCode")]
    public GrpcCode? GrpcCode { get; set; }
}
