namespace Mesh.Proxy.CircuitBreaking;

/// <summary>Whether a breaker lets calls through.</summary>
internal enum BreakerState
{
    /// <summary>All of them.</summary>
    Closed,

    /// <summary>None.</summary>
    Open,

    /// <summary>It was open for long enough: one, whose verdict decides.</summary>
    HalfOpen,
}
