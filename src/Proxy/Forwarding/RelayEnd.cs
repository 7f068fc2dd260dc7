namespace Mesh.Proxy.Forwarding;

/// <summary>How a relayed connection ended.</summary>
internal enum RelayEnd
{
    /// <summary>Both sides had sent all.</summary>
    Closed,

    /// <summary>The client reset it, and the upstream was reset too.</summary>
    ClientReset,

    /// <summary>The upstream reset it, and the client was reset too.</summary>
    UpstreamReset,

    /// <summary>timeouts.idle passed without a byte in either direction.</summary>
    Idle,

    /// <summary>This proxy stopped.</summary>
    Stopped,
}
