namespace Mesh.Proxy.Routing;

/// <summary>What a policy in mode Shadow would have done; on the discovery stream and in metrics each is its name in kebab-case.</summary>
internal enum ShadowEffect
{
    /// <summary>timeouts.request would have passed before the answer's head came.</summary>
    RequestTimeout,

    /// <summary>timeouts.attempt would have passed before an attempt's head came.</summary>
    AttemptTimeout,

    /// <summary>timeouts.idle would have passed without a byte.</summary>
    IdleTimeout,

    /// <summary>A failed attempt would have been made again.</summary>
    Retry,

    /// <summary>And the retry budget would have had no room for it.</summary>
    RetryRefused,

    /// <summary>A second attempt would have been made while the first was not answered.</summary>
    Hedge,

    /// <summary>An endpoint would have been ejected.</summary>
    Eject,

    /// <summary>The destination's breaker would have been open.</summary>
    BreakerOpen,

    /// <summary>A rate limit would have refused the request.</summary>
    RateLimit,

    /// <summary>A limit on requests in flight would have refused it.</summary>
    Concurrency,

    /// <summary>A fault would have ended it.</summary>
    FaultAbort,

    /// <summary>A fault would have held it up.</summary>
    FaultDelay,
}
