namespace Mesh.Proxy.CircuitBreaking;

/// <summary>Why a breaker opens.</summary>
internal enum BreakerTrigger
{
    /// <summary>consecutive_failures.</summary>
    ConsecutiveFailures,

    /// <summary>failure_percent.</summary>
    FailurePercent,

    /// <summary>slow_call_percent.</summary>
    SlowCallPercent,

    /// <summary>It was half-open, and the probe failed.</summary>
    Probe,
}
