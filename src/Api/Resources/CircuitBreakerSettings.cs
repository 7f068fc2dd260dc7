using System.Text.Json.Serialization;

namespace Mesh.Api.Resources;

/// <summary>When to leave an endpoint, or the whole destination, alone. Without a trigger a breaker never opens.</summary>
public sealed class CircuitBreakerSettings
{
    /// <summary>What counts as a failure.</summary>
    [JsonPropertyName("failures")]
    public FailureSettings? Failures { get; set; }

    /// <summary>Per endpoint: one whose breaker opens is ejected.</summary>
    [JsonPropertyName("endpoint")]
    public EndpointBreakerSettings? Endpoint { get; set; }

    /// <summary>For the destination as a whole: while it is open, requests fail fast.</summary>
    [JsonPropertyName("destination")]
    public BreakerSettings? Destination { get; set; }
}

/// <summary>What counts as a failure, beside connections that break or are refused and timeouts, which always do.</summary>
public sealed class FailureSettings
{
    /// <summary>Status codes and classes of them; at most 32. Default: 5xx.</summary>
    [JsonPropertyName("statusCodes")]
    public IReadOnlyList<StatusCodeRange>? StatusCodes { get; set; }

    /// <summary>gRPC codes. Default: UNKNOWN, DEADLINE_EXCEEDED, INTERNAL, UNAVAILABLE, DATA_LOSS.</summary>
    [JsonPropertyName("grpcCodes")]
    public IReadOnlyList<GrpcCode>? GrpcCodes { get; set; }
}

/// <summary>When a breaker opens, and for how long.</summary>
public class BreakerSettings
{
    /// <summary>Opens after this many failures in a row, 0 to 1000; 0: not a trigger. Default: 0.</summary>
    [JsonPropertyName("consecutiveFailures")]
    public int? ConsecutiveFailures { get; set; }

    /// <summary>Opens at this share of failures in the window, 0 to 100 percent; 0: not a trigger. Default: 0.</summary>
    [JsonPropertyName("failurePercent")]
    public int? FailurePercent { get; set; }

    /// <summary>Opens at this share of slow requests in the window, 0 to 100 percent; 0: not a trigger. Default: 0.</summary>
    [JsonPropertyName("slowCallPercent")]
    public int? SlowCallPercent { get; set; }

    /// <summary>What takes longer than this is slow, 1 ms to 1 h. Default: 1 s.</summary>
    [JsonPropertyName("slowCallDuration")]
    public MeshDuration? SlowCallDuration { get; set; }

    /// <summary>Requests in the window below which the two shares say nothing, 1 to 100000. Default: 20.</summary>
    [JsonPropertyName("minRequests")]
    public int? MinRequests { get; set; }

    /// <summary>The time over which the two shares are taken, 1 ms to 1 h. Default: 10 s.</summary>
    [JsonPropertyName("window")]
    public MeshDuration? Window { get; set; }

    /// <summary>How long it stays open the first time; doubled each time it opens again soon. At most <see cref="OpenForMax"/>. Default: 10 s.</summary>
    [JsonPropertyName("openFor")]
    public MeshDuration? OpenFor { get; set; }

    /// <summary>How long it stays open at most, 1 ms to 1 h. Default: 5 min.</summary>
    [JsonPropertyName("openForMax")]
    public MeshDuration? OpenForMax { get; set; }
}

/// <summary>When an endpoint is ejected, for how long, and how many may be at a time.</summary>
public sealed class EndpointBreakerSettings : BreakerSettings
{
    /// <summary>The share of the endpoints that may be ejected at a time, rounded down, 0 to 100; one of two or more always may be. Default: 50.</summary>
    [JsonPropertyName("maxEjectedPercent")]
    public int? MaxEjectedPercent { get; set; }

    /// <summary>With fewer than this share of the endpoints left, all are used again, 0 to 100; 0: never. Default: 0.</summary>
    [JsonPropertyName("panicPercent")]
    public int? PanicPercent { get; set; }
}
