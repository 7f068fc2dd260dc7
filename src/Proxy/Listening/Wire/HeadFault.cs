namespace Mesh.Proxy.Listening.Wire;

/// <summary>Why a request's bytes are refused.</summary>
internal enum HeadFault
{
    /// <summary>They are no HTTP, or HTTP that another reader could read differently.</summary>
    Malformed,

    /// <summary>The request line is longer than <see cref="RequestHead.LongestLine"/>.</summary>
    TargetTooLong,

    /// <summary>There are more header fields, or longer ones, than this proxy keeps.</summary>
    HeaderTooLarge,

    /// <summary>A transfer coding that this proxy doesn't undo.</summary>
    UnsupportedCoding,

    /// <summary>A version of HTTP that isn't served in this form.</summary>
    UnsupportedVersion,

    /// <summary>The head was begun and never ended.</summary>
    TooSlow,
}
