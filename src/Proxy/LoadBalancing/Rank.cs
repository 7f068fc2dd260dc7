namespace Mesh.Proxy.LoadBalancing;

/// <summary>How good an endpoint is for an attempt, best first.</summary>
internal enum Rank
{
    /// <summary>It is available and the request has not tried it.</summary>
    Fresh,

    /// <summary>It is available, and the request has tried it.</summary>
    Tried,

    /// <summary>It refused connections a moment ago.</summary>
    SetAside,

    /// <summary>It did, and the request has tried it.</summary>
    SetAsideAndTried,

    /// <summary>It is ejected: nothing is sent to it.</summary>
    Out,
}
