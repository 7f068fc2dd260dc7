namespace Mesh.Proxy.Listening.Wire;

/// <summary>How a request's body ends: RFC 9112 section 6.3.</summary>
internal enum BodyFraming
{
    /// <summary>There is none.</summary>
    None,

    /// <summary>After a number of bytes.</summary>
    Length,

    /// <summary>With its last chunk.</summary>
    Chunked,

    /// <summary>It may never be HTTP again: an upgrade or a tunnel was asked for.</summary>
    Opaque,

    /// <summary>What comes after is never read.</summary>
    Refused,
}
