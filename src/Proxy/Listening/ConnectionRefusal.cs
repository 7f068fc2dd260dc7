namespace Mesh.Proxy.Listening;

/// <summary>Why a port resets a connection of which it serves nothing.</summary>
internal enum ConnectionRefusal
{
    /// <summary>As many are open as the port may have.</summary>
    TooMany,

    /// <summary>It would come back to this proxy.</summary>
    Loop,

    /// <summary>It was made to a port that takes redirected connections only.</summary>
    NotRedirected,

    /// <summary>It was redirected on its way to another host.</summary>
    NotOfThisHost,

    /// <summary>This proxy doesn't know yet whom it may let in.</summary>
    NotReady,

    /// <summary>It proves no identity, and the port demands one.</summary>
    Plaintext,

    /// <summary>Its TLS is not the mesh's, and the port demands that.</summary>
    ForeignTls,

    /// <summary>It said nothing, and the port demands an identity.</summary>
    Silent,

    /// <summary>It began the mesh's TLS and proved nothing that can be believed.</summary>
    PeerIdentity,

    /// <summary>It began the mesh's TLS and did not come to its end, or not in time.</summary>
    Handshake,
}
