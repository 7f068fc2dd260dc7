using System.Text.Json.Serialization;

namespace Mesh.Api.Resources;

/// <summary>
/// The fields that decide how traffic is treated. Every one is optional: an absent field leaves the word to a less specific
/// policy, then to MeshConfig's defaults, then to the mesh's own.
/// </summary>
public class TrafficSettings
{
    /// <summary>How long to wait.</summary>
    [JsonPropertyName("timeouts")]
    public TimeoutSettings? Timeouts { get; set; }

    /// <summary>What to send again.</summary>
    [JsonPropertyName("retries")]
    public RetrySettings? Retries { get; set; }

    /// <summary>When to send a second time while the first has not been answered. Default: never.</summary>
    [JsonPropertyName("hedging")]
    public HedgingSettings? Hedging { get; set; }

    /// <summary>When to leave an endpoint, or the whole destination, alone.</summary>
    [JsonPropertyName("circuitBreaker")]
    public CircuitBreakerSettings? CircuitBreaker { get; set; }

    /// <summary>How much may be in flight.</summary>
    [JsonPropertyName("concurrency")]
    public ConcurrencySettings? Concurrency { get; set; }

    /// <summary>How much may come in, at the endpoint's sidecar. Default: no limit.</summary>
    [JsonPropertyName("rateLimit")]
    public RateLimitSettings? RateLimit { get; set; }

    /// <summary>How to choose an endpoint.</summary>
    [JsonPropertyName("loadBalancer")]
    public LoadBalancerSettings? LoadBalancer { get; set; }

    /// <summary>What to break on purpose; the first that matches a request decides. At most 16. Default: nothing.</summary>
    [JsonPropertyName("faults")]
    public IReadOnlyList<FaultSettings>? Faults { get; set; }
}
