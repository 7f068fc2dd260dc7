using Mesh.Api.Identity;

namespace Mesh.Proxy.Discovery;

/// <summary>Where the operator is, who this proxy says it is, and how patient it is.</summary>
internal sealed record DiscoveryOptions
{
    /// <summary>
    /// The operator's address: <c>https://</c> where this proxy has an identity, plaintext HTTP/2 with <c>http://</c>. Behind a name, any
    /// replica will do.
    /// </summary>
    public required Uri Operator { get; init; }

    /// <summary>Whom the operator has to prove to be; null where it proves nothing.</summary>
    public SpiffeId? OperatorIdentity { get; init; }

    /// <summary>Unique among running proxies, stable over reconnects.</summary>
    public required string Proxy { get; init; }

    /// <summary>Decides how short names resolve and which namespace's policies hold.</summary>
    public required string Namespace { get; init; }

    /// <summary>The node that this proxy runs on; empty where it is not known.</summary>
    public string Node { get; init; } = "";

    /// <summary>How long a request waits for an authority that is asked for the first time. Default: 2 s.</summary>
    public TimeSpan ResolutionTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>After how long without a request a destination is dropped. Default: 10 min.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How often the operator is told what shadow policies would have done, where they would have done anything. Default: 10 s.</summary>
    public TimeSpan ShadowReportInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Authorities kept at a time: a client that invents names can't have all the memory. Default: 10,000.</summary>
    public int MaxAuthorities { get; init; } = 10_000;

    /// <summary>The base of the wait before a reconnect, which doubles with every failure. Default: 100 ms.</summary>
    public TimeSpan ReconnectBase { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest wait before a reconnect. Default: 5 s.</summary>
    public TimeSpan ReconnectMax { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The time for a connection, and for the operator's first word on a new stream. Default: 5 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How often the operator is asked whether it lives, and how long its answer may take. Default: 10 s.</summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(10);
}
