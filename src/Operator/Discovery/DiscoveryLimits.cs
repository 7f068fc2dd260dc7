namespace Mesh.Operator.Discovery;

/// <summary>How much of the operator one proxy may take.</summary>
internal sealed record DiscoveryLimits
{
    /// <summary>What a proxy may subscribe to at a time. A sidecar calls tens of destinations; a gateway may call thousands.</summary>
    public int Subscriptions { get; init; } = 10_000;

    /// <summary>
    /// What a proxy may ask to subscribe to in a row, over all its streams: twice what it may hold, so that one with everything that it may
    /// have is free to lose its stream and say it all again. A stream begins only while what is left is enough for that.
    /// </summary>
    public int SubscriptionsInARow => 2 * Subscriptions;

    /// <summary>How many more in a second. Each new one is compiled; an application that calls hosts of its own invention has its proxy ask for each.</summary>
    public double SubscriptionsASecond { get; init; } = 500;

    /// <summary>Proxies whose share is remembered, which is until it is whole again.</summary>
    public int Remembered { get; init; } = 100_000;

    /// <summary>Characters of an authority: the longest DNS name (253), a colon and a port, with room for a trailing dot.</summary>
    public int AuthorityLength { get; init; } = 260;

    /// <summary>
    /// Characters of a destination's name: a service's name and a node's (253 each), the service's namespace and the client's (63 each),
    /// a port and separators. It is kept for as long as the subscription.
    /// </summary>
    public int DestinationLength { get; init; } = 680;

    /// <summary>Characters of a proxy's name, its namespace, its version and its node: a pod's name has at most 253.</summary>
    public int NameLength { get; init; } = 253;

    /// <summary>Bytes of one message: the largest, a subscription, has three texts below a kilobyte in all.</summary>
    public int MessageSize { get; init; } = 16 * 1024;

    /// <summary>From the stream's start to its Hello.</summary>
    public TimeSpan HelloTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>What a write may still take when the stream ends; a proxy that doesn't read is then cut off. Less than the host waits for when it stops.</summary>
    public TimeSpan LastWrite { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// After which a proxy is asked to connect again, which may bring it to another replica; give or take a fifth. Zero: never.
    /// Default: 30 min.
    /// </summary>
    public TimeSpan ConnectionAge { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Characters kept of a refusal's reason.</summary>
    public int ReasonLength { get; init; } = 1024;

    /// <summary>Versions of one destination sent and not answered that are remembered; an answer to an older one is ignored.</summary>
    public int UnansweredVersions { get; init; } = 16;
}
