namespace Mesh.Proxy.CircuitBreaking;

/// <summary>What a call's verdict did to a breaker.</summary>
internal enum BreakerStep
{
    /// <summary>It is as it was.</summary>
    None,

    /// <summary>A trigger is met: its owner may open it.</summary>
    Tripped,

    /// <summary>The probe failed and it is open again.</summary>
    Reopened,

    /// <summary>The probe succeeded and it is closed.</summary>
    Closed,
}
