namespace Mesh.Operator.Identity;

/// <summary>Why no certificate was issued, as metrics say it: in lower case, words parted by dashes.</summary>
internal enum RefusalReason
{
    /// <summary>The address that asked has been refused too often, or asks too much at a time.</summary>
    SourceLimit,

    /// <summary>More tokens wait for their verification than may.</summary>
    QueueFull,

    /// <summary>The text is no token at all.</summary>
    MalformedToken,

    /// <summary>The token is for somebody else to take.</summary>
    WrongAudience,

    /// <summary>The token's time is over.</summary>
    ExpiredToken,

    /// <summary>Whoever issues tokens doesn't know this one, or no more: of a pod that is deleted, too.</summary>
    InvalidToken,

    /// <summary>The token is a service account's, and no pod's.</summary>
    NotPodBound,

    /// <summary>There is no such pod.</summary>
    UnknownPod,

    /// <summary>The pod is there, and is another, or runs under another service account.</summary>
    OtherPod,

    /// <summary>The identity is the operator's own.</summary>
    ReservedIdentity,

    /// <summary>The signing request is not one that may be signed.</summary>
    SigningRequest,

    /// <summary>The identity asks too often.</summary>
    RateLimit,

    /// <summary>The token, or the pod, could not be looked up.</summary>
    Unavailable,

    /// <summary>The issuer's own certificate has ended, or there is none yet.</summary>
    NoIssuer,
}
