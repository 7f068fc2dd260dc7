namespace Mesh.Proxy.Listening;

/// <summary>What the first bytes of a connection say it speaks.</summary>
internal enum DetectedProtocol
{
    /// <summary>Too few bytes to tell.</summary>
    Undecided,

    /// <summary>The beginning of a request line.</summary>
    Http1,

    /// <summary>The client connection preface of HTTP/2 (prior knowledge).</summary>
    Http2,

    /// <summary>A TLS handshake record.</summary>
    Tls,

    /// <summary>None of these.</summary>
    Unknown,
}
