namespace Mesh.Proxy.Routing;

/// <summary>Why the proxy ended a request. Each is a stable code in answers (<c>mesh/no-endpoints</c>), metrics and docs.</summary>
internal enum MeshErrorCode
{
    /// <summary>The request's bytes are no HTTP, or could be read differently by another reader.</summary>
    MalformedRequest,

    /// <summary>The request line is longer than this proxy keeps.</summary>
    TargetTooLong,

    /// <summary>The request has more header fields, or longer ones, than this proxy keeps.</summary>
    HeaderTooLarge,

    /// <summary>The request's body is in a transfer coding that this proxy doesn't undo.</summary>
    UnsupportedTransferCoding,

    /// <summary>The request is in a version of HTTP that this proxy doesn't serve.</summary>
    UnsupportedVersion,

    /// <summary>The request asks something of the server as a whole, <c>OPTIONS *</c>, which this proxy can't carry.</summary>
    UnsupportedTarget,

    /// <summary>The request's head was begun and did not end in time.</summary>
    HeadTimeout,

    /// <summary>The request names no destination that can be read.</summary>
    BadAuthority,

    /// <summary>The request asks for a tunnel (CONNECT) where none is opened, or for an encrypted target without one.</summary>
    TunnelUnsupported,

    /// <summary>A policy of authorization does not let it through.</summary>
    Forbidden,

    /// <summary>The request carries a token of a known issuer that is not valid.</summary>
    InvalidToken,

    /// <summary>The request carries a token of a known issuer whose keys are not known.</summary>
    KeysUnavailable,

    /// <summary>The request would come back to this proxy.</summary>
    LoopDetected,

    /// <summary>A port stands for an authority that the mesh knows no destination for.</summary>
    UnknownDestination,

    /// <summary>No operator has ever answered for this destination, and none does now.</summary>
    DiscoveryUnavailable,

    /// <summary>Traffic has asked for more authorities than this proxy keeps.</summary>
    TooManyAuthorities,

    /// <summary>The destination exists and has no endpoint that serves.</summary>
    NoEndpoints,

    /// <summary>The destination keeps failing, and its breaker is open.</summary>
    BreakerOpen,

    /// <summary>The connection to every endpoint tried failed.</summary>
    ConnectFailed,

    /// <summary>No endpoint tried proved to be who discovery says it is.</summary>
    PeerIdentity,

    /// <summary>The endpoint takes mutual TLS, and this proxy has no certificate yet.</summary>
    IdentityUnavailable,

    /// <summary>The endpoint broke the connection or the protocol before it answered.</summary>
    UpstreamFailed,

    /// <summary>timeouts.request passed.</summary>
    RequestTimeout,

    /// <summary>timeouts.attempt passed on the last attempt.</summary>
    AttemptTimeout,

    /// <summary>The deadline that the request carries passed.</summary>
    DeadlineExceeded,

    /// <summary>Nothing came or went for timeouts.idle.</summary>
    IdleTimeout,

    /// <summary>As many requests are in flight as concurrency.maxRequests allows.</summary>
    ConcurrencyLimit,

    /// <summary>A fault of the policy's aborted the request.</summary>
    FaultInjected,

    /// <summary>The application beside this proxy can't be reached.</summary>
    ApplicationUnavailable,

    /// <summary>rateLimit let no more requests through.</summary>
    RateLimited,

    /// <summary>The application beside this proxy has as much in flight as it bears.</summary>
    Overloaded,
}
