namespace Mesh.Proxy.Listening;

/// <summary>What a client's first bytes say of TLS.</summary>
internal enum HelloKind
{
    /// <summary>Not a byte came.</summary>
    None,

    /// <summary>It speaks in the clear.</summary>
    Plaintext,

    /// <summary>TLS that is not the mesh's, or that never came to the end of its ClientHello.</summary>
    OtherTls,

    /// <summary>A sidecar that sends HTTP/2.</summary>
    Mesh,

    /// <summary>A sidecar that sends HTTP/1.1.</summary>
    MeshHttp1,

    /// <summary>A sidecar that sends HTTP/1.1 on many channels of one connection.</summary>
    MeshChannels,

    /// <summary>A sidecar that sends what isn't HTTP.</summary>
    MeshTcp,
}
