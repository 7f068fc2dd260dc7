using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Forwarding;

/// <summary>What the proxy says of an error that it makes, the same for every request that ends with it.</summary>
/// <param name="Code">Stable: <c>mesh/no-endpoints</c>.</param>
/// <param name="Title">What happened, in a few words.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="GrpcStatus">The same for gRPC requests.</param>
/// <param name="Hint">What to do about it.</param>
internal sealed record ErrorDescription(string Code, string Title, int Status, GrpcStatus GrpcStatus, string Hint)
{
    // The document's "type": a name, which RFC 9457 section 3.1.1 doesn't require to be fetchable.
    public string Type { get; } = "https://mesh.io/errors/" + Code["mesh/".Length..];

    /// <summary>A hop above that sent the request again would meet the same.</summary>
    public bool EndsRetries { get; private init; }

    public static ErrorDescription Of(MeshErrorCode code) => code switch
    {
        MeshErrorCode.MalformedRequest => MalformedRequest,
        MeshErrorCode.TargetTooLong => TargetTooLong,
        MeshErrorCode.HeaderTooLarge => HeaderTooLarge,
        MeshErrorCode.UnsupportedTransferCoding => UnsupportedTransferCoding,
        MeshErrorCode.UnsupportedVersion => UnsupportedVersion,
        MeshErrorCode.UnsupportedTarget => UnsupportedTarget,
        MeshErrorCode.HeadTimeout => HeadTimeout,
        MeshErrorCode.BadAuthority => BadAuthority,
        MeshErrorCode.TunnelUnsupported => TunnelUnsupported,
        MeshErrorCode.Forbidden => Forbidden,
        MeshErrorCode.InvalidToken => InvalidToken,
        MeshErrorCode.KeysUnavailable => KeysUnavailable,
        MeshErrorCode.LoopDetected => LoopDetected,
        MeshErrorCode.UnknownDestination => UnknownDestination,
        MeshErrorCode.DiscoveryUnavailable => DiscoveryUnavailable,
        MeshErrorCode.TooManyAuthorities => TooManyAuthorities,
        MeshErrorCode.NoEndpoints => NoEndpoints,
        MeshErrorCode.BreakerOpen => BreakerOpen,
        MeshErrorCode.ConnectFailed => ConnectFailed,
        MeshErrorCode.PeerIdentity => PeerIdentity,
        MeshErrorCode.IdentityUnavailable => IdentityUnavailable,
        MeshErrorCode.UpstreamFailed => UpstreamFailed,
        MeshErrorCode.RequestTimeout => RequestTimeout,
        MeshErrorCode.AttemptTimeout => AttemptTimeout,
        MeshErrorCode.DeadlineExceeded => DeadlineExceeded,
        MeshErrorCode.IdleTimeout => IdleTimeout,
        MeshErrorCode.ConcurrencyLimit => ConcurrencyLimit,
        MeshErrorCode.FaultInjected => FaultInjected,
        MeshErrorCode.ApplicationUnavailable => ApplicationUnavailable,
        MeshErrorCode.RateLimited => RateLimited,
        MeshErrorCode.Overloaded => Overloaded,
        _ => throw new ArgumentOutOfRangeException(nameof(code), code, null),
    };

    private static readonly ErrorDescription MalformedRequest = new(
        "mesh/malformed-request", "The request is no HTTP, or could be read in two ways",
        StatusCodes.Status400BadRequest, GrpcStatus.InvalidArgument,
        "Correct the client, or whatever stands between it and this proxy; nothing of the request was forwarded as a whole.");

    private static readonly ErrorDescription TargetTooLong = new(
        "mesh/target-too-long", "The request line is too long",
        StatusCodes.Status414UriTooLong, GrpcStatus.ResourceExhausted,
        "Send what is long in the body: a request line may have 64 KiB.");

    private static readonly ErrorDescription HeaderTooLarge = new(
        "mesh/header-too-large", "The request's header is too large",
        StatusCodes.Status431RequestHeaderFieldsTooLarge, GrpcStatus.ResourceExhausted,
        "Look for a cookie or a token that grows: a header may have 96 KiB and 512 fields.");

    private static readonly ErrorDescription UnsupportedTransferCoding = new(
        "mesh/unsupported-transfer-coding", "The body's transfer coding isn't known",
        StatusCodes.Status501NotImplemented, GrpcStatus.Unimplemented,
        "Compress bodies with Content-Encoding, which passes; the only Transfer-Encoding that does is chunked.");

    private static readonly ErrorDescription UnsupportedVersion = new(
        "mesh/unsupported-version", "The version of HTTP isn't served",
        StatusCodes.Status505HttpVersionNotsupported, GrpcStatus.Unimplemented,
        "Use HTTP/1.1, or HTTP/2 with prior knowledge.");

    private static readonly ErrorDescription UnsupportedTarget = new(
        "mesh/unsupported-target", "The request's target can't be carried",
        StatusCodes.Status501NotImplemented, GrpcStatus.Unimplemented,
        "Send OPTIONS for a path: '*' asks about the server as a whole, and would arrive as '/'.");

    private static readonly ErrorDescription HeadTimeout = new(
        "mesh/head-timeout", "The request's head didn't come to its end in time",
        StatusCodes.Status408RequestTimeout, GrpcStatus.DeadlineExceeded,
        "Look at the client and the network between: a head that has begun may take 30 s.");

    private static readonly ErrorDescription BadAuthority = new(
        "mesh/bad-authority", "The request names no destination that can be read",
        StatusCodes.Status400BadRequest, GrpcStatus.InvalidArgument,
        "Send the request with a Host header, or an absolute target, of the form host or host:port.");

    private static readonly ErrorDescription TunnelUnsupported = new(
        "mesh/tunnel-unsupported", "The tunnel, or the encrypted target, can't be carried so",
        StatusCodes.Status501NotImplemented, GrpcStatus.Unimplemented,
        "Send CONNECT to the HTTP proxy over HTTP/1, as the first request of a connection, for what is reached over TLS too. The port of an application that is an HTTP proxy itself has to be opaque (mesh.io/opaque-ports).");

    private static readonly ErrorDescription Forbidden = new(
        "mesh/forbidden", "The caller may not do this",
        StatusCodes.Status403Forbidden, GrpcStatus.PermissionDenied,
        "Have an AuthorizationPolicy of the destination's namespace allow it; meshctl auth check tells what would decide.")
    { EndsRetries = true };

    private static readonly ErrorDescription InvalidToken = new(
        "mesh/invalid-token", "The token is not valid",
        StatusCodes.Status401Unauthorized, GrpcStatus.Unauthenticated,
        "Send a token that is signed by its issuer, for this audience and for now; or none, where none is asked for.")
    { EndsRetries = true };

    private static readonly ErrorDescription KeysUnavailable = new(
        "mesh/keys-unavailable", "The token can't be verified now",
        StatusCodes.Status503ServiceUnavailable, GrpcStatus.Unavailable,
        "Check that the sidecar can reach the AuthorizationPolicy's jwksUri, and that there are public keys.");

    private static readonly ErrorDescription LoopDetected = new(
        "mesh/loop-detected", "The request would come back to this proxy",
        StatusCodes.Status508LoopDetected, GrpcStatus.FailedPrecondition,
        "Send the request for the destination's own name or address; the proxy's address belongs in the client's proxy settings.");

    private static readonly ErrorDescription UnknownDestination = new(
        "mesh/unknown-destination", "The mesh knows no such destination",
        StatusCodes.Status502BadGateway, GrpcStatus.Unavailable,
        "Check that the Service exists, in the namespace and with the port that --destination names (kubectl get service -n NAMESPACE).");

    private static readonly ErrorDescription DiscoveryUnavailable = new(
        "mesh/discovery-unavailable", "No operator has answered for this destination",
        StatusCodes.Status503ServiceUnavailable, GrpcStatus.Unavailable,
        "Check that the operator runs and that this proxy's --operator names it; /ready on the admin port says what is missing.");

    private static readonly ErrorDescription TooManyAuthorities = new(
        "mesh/too-many-authorities", "The application has asked for more authorities than its proxy keeps",
        StatusCodes.Status503ServiceUnavailable, GrpcStatus.ResourceExhausted,
        "Look for a client that makes up host names; /config on the admin port lists the authorities. Those unused are dropped in time.");

    private static readonly ErrorDescription NoEndpoints = new(
        "mesh/no-endpoints", "The destination has no endpoint that serves",
        StatusCodes.Status503ServiceUnavailable, GrpcStatus.Unavailable,
        "Check that the Service's selector matches pods that are ready (kubectl get endpointslices).")
    { EndsRetries = true };

    private static readonly ErrorDescription BreakerOpen = new(
        "mesh/breaker-open", "The destination keeps failing, and is given time to recover",
        StatusCodes.Status503ServiceUnavailable, GrpcStatus.Unavailable,
        "Find out why the destination fails; circuitBreaker.destination of its TrafficPolicy says when requests to it end at once.")
    { EndsRetries = true };

    private static readonly ErrorDescription ConnectFailed = new(
        "mesh/connect-failed", "No connection could be established",
        StatusCodes.Status503ServiceUnavailable, GrpcStatus.Unavailable,
        "Check that the endpoints in the list of attempts listen on their port and that no network policy stands between.");

    private static readonly ErrorDescription PeerIdentity = new(
        "mesh/peer-identity", "The endpoint is not who it should be",
        StatusCodes.Status503ServiceUnavailable, GrpcStatus.Unavailable,
        "Look at the attempts: another workload has the endpoint's address, or its certificate is expired or of another trust domain. Nothing was sent to it.");

    private static readonly ErrorDescription IdentityUnavailable = new(
        "mesh/identity-unavailable", "This proxy has no certificate yet",
        StatusCodes.Status503ServiceUnavailable, GrpcStatus.Unavailable,
        "Check that the operator certifies this pod; /ready on the admin port says what is missing.");

    private static readonly ErrorDescription UpstreamFailed = new(
        "mesh/upstream-failed", "The connection broke before the response came",
        StatusCodes.Status502BadGateway, GrpcStatus.Unavailable,
        "Look at the logs of the endpoint that was tried last. The request may have been processed.");

    private static readonly ErrorDescription RequestTimeout = new(
        "mesh/request-timeout", "The request's time is up",
        StatusCodes.Status504GatewayTimeout, GrpcStatus.DeadlineExceeded,
        "The destination is slower than timeouts.request of its TrafficPolicy allows: find out why, or raise the timeout.");

    private static readonly ErrorDescription AttemptTimeout = new(
        "mesh/attempt-timeout", "The last attempt's time is up",
        StatusCodes.Status504GatewayTimeout, GrpcStatus.DeadlineExceeded,
        "The destination is slower than timeouts.attempt of its TrafficPolicy allows: find out why, or raise the timeout.");

    private static readonly ErrorDescription DeadlineExceeded = new(
        "mesh/deadline-exceeded", "The deadline that the request carries has passed",
        StatusCodes.Status504GatewayTimeout, GrpcStatus.DeadlineExceeded,
        "Find out which hop took the time, or have the first client wait longer. Clocks that differ between nodes shift deadlines.");

    private static readonly ErrorDescription IdleTimeout = new(
        "mesh/idle-timeout", "Nothing came or went for too long",
        StatusCodes.Status504GatewayTimeout, GrpcStatus.Unavailable,
        "Have either side send something more often than timeouts.idle of the TrafficPolicy, or raise it.");

    // As Envoy and Linkerd say it: clients take RESOURCE_EXHAUSTED for a quota of theirs.
    private static readonly ErrorDescription ConcurrencyLimit = new(
        "mesh/concurrency-limit", "As many requests are in flight as the policy allows",
        StatusCodes.Status503ServiceUnavailable, GrpcStatus.Unavailable,
        "Find out why the destination is slow, or raise concurrency.maxRequests of its TrafficPolicy, or let more wait: concurrency.queue.")
    { EndsRetries = true };

    private static readonly ErrorDescription FaultInjected = new(
        "mesh/fault-injected", "The policy has this request fail",
        StatusCodes.Status503ServiceUnavailable, GrpcStatus.Unavailable,
        "Nothing is broken: faults of the TrafficPolicy inject this. Remove them when the experiment is over.");

    private static readonly ErrorDescription ApplicationUnavailable = new(
        "mesh/application-unavailable", "The application can't be reached by its sidecar",
        StatusCodes.Status503ServiceUnavailable, GrpcStatus.Unavailable,
        "Check that the application runs, and listens on the address that its sidecar's --inbound names.");

    private static readonly ErrorDescription RateLimited = new(
        "mesh/rate-limited", "More requests than the rate limit allows",
        StatusCodes.Status429TooManyRequests, GrpcStatus.ResourceExhausted,
        "Come again after Retry-After, and spread requests as RateLimit-Policy says; or raise rateLimit of the TrafficPolicy.");

    private static readonly ErrorDescription Overloaded = new(
        "mesh/overloaded", "The application has as many requests as it bears",
        StatusCodes.Status503ServiceUnavailable, GrpcStatus.Unavailable,
        "Come again after Retry-After; add replicas if it lasts. What matters more can be given a priority: concurrency.priorities.");
}
