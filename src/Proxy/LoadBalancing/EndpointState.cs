namespace Mesh.Proxy.LoadBalancing;

/// <summary>Whether an endpoint is picked.</summary>
internal enum EndpointState
{
    /// <summary>It is picked.</summary>
    Available,

    /// <summary>It refused connections a moment ago and is passed over for a short time.</summary>
    SetAside,

    /// <summary>Its breaker is open: nothing is sent to it.</summary>
    Ejected,

    /// <summary>It was ejected for long enough: one request is sent to it, whose answer decides whether it returns.</summary>
    HalfOpen,

    /// <summary>The destination has dropped it; requests in flight finish.</summary>
    Draining,
}
