namespace Mesh.Proxy.Http1;

/// <summary>How an answer's body ends: RFC 9112 section 6.3.</summary>
internal enum AnswerFraming
{
    /// <summary>There is none.</summary>
    None,

    /// <summary>After a number of bytes.</summary>
    Length,

    /// <summary>With its last chunk.</summary>
    Chunked,

    /// <summary>With its connection.</summary>
    Close,
}
