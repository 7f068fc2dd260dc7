namespace Mesh.Proxy.LoadBalancing;

/// <summary>Whether an endpoint is picked.</summary>
internal enum EndpointState
{
    /// <summary>It is picked.</summary>
    Available,

    /// <summary>It refused connections a moment ago and is passed over for a short time.</summary>
    SetAside,

    /// <summary>The destination has dropped it; requests in flight finish.</summary>
    Draining,
}
