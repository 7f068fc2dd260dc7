using System.Net;
using Mesh.Api.Discovery;
using Mesh.Api.Identity;
using Mesh.Api.Probes;

namespace Mesh.Proxy;

/// <summary>What a proxy is told when it starts.</summary>
internal sealed record ProxyOptions
{
    /// <summary>Where the operator serves discovery; over TLS where this proxy has an identity.</summary>
    public required Uri Operator { get; init; }

    /// <summary>Whom an operator over TLS has to prove to be.</summary>
    public SpiffeId OperatorIdentity { get; init; } = new(SpiffeId.DefaultTrustDomain, "mesh-system", "mesh-operator");

    /// <summary>Whom peers are verified against: a file, or the PEM text itself. Empty without an identity.</summary>
    public string TrustAnchors { get; init; } = "";

    /// <summary>What this proxy proves itself to the operator with: a token, or a standalone operator's join key.</summary>
    public string TokenFile { get; init; } = "/var/run/secrets/mesh.io/token";

    /// <summary>A folder where trust anchors learnt later are kept for the next start; empty: nowhere.</summary>
    public string IdentityCache { get; init; } = "";

    /// <summary>Whether this proxy has an identity.</summary>
    public bool HasIdentity => Operator.Scheme == Uri.UriSchemeHttps;

    /// <summary>Unique among running proxies: the pod's name.</summary>
    public required string Name { get; init; }

    /// <summary>The application's namespace: short names resolve in it, and its policies hold for what it calls.</summary>
    public required string Namespace { get; init; }

    /// <summary>The application's service account: with the namespace, the identity that this proxy calls by. Default: default.</summary>
    public string ServiceAccount { get; init; } = "default";

    /// <summary>The zone that it runs in, as EndpointSlices name zones; empty where it is not known, and no endpoint is nearer than another.</summary>
    public string Zone { get; init; } = "";

    /// <summary>The node that it runs on; empty where it is not known.</summary>
    public string Node { get; init; } = "";

    /// <summary>
    /// Where the application's connections are redirected to, and its HTTP proxy for those that aren't: one address, or IPv4's
    /// loopback and then IPv6's, which a host may not have.
    /// </summary>
    public required IReadOnlyList<IPEndPoint> Outbound { get; init; }

    /// <summary>Ports that each stand for one authority.</summary>
    public IReadOnlyList<DestinationPort> Destinations { get; init; } = [];

    /// <summary>Ports that others reach the application at.</summary>
    public IReadOnlyList<InboundPort> Inbound { get; init; } = [];

    /// <summary>How long the first bytes of a connection that may be anything are waited for. Default: 100 ms.</summary>
    public TimeSpan DetectTimeout { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Connections that a port has open at a time. Default: 20,000.</summary>
    public int MaxConnections { get; init; } = 20_000;

    /// <summary>Loopback only: what it says is for this host.</summary>
    public required IPEndPoint Admin { get; init; }

    /// <summary>Where the kubelet asks for this proxy's health and the application's; null: nowhere.</summary>
    public IPEndPoint? Health { get; init; }

    /// <summary>What the kubelet asks the application by way of <see cref="Health"/>, by path.</summary>
    public IReadOnlyDictionary<string, ApplicationProbe> ApplicationProbes { get; init; } = new Dictionary<string, ApplicationProbe>();

    /// <summary>The least that is logged. Default: Information.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    /// <summary>
    /// How long requests and connections may take to end once the proxy is told to stop; what hasn't by then is cut off. Default:
    /// 25 s, within the 30 s that Kubernetes gives a pod.
    /// </summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(25);

    /// <summary>
    /// The first part of it, in which those who came in are told to go elsewhere and new ones are still served; over as soon as none
    /// is left. Default: 5 s.
    /// </summary>
    public TimeSpan DrainGrace { get; init; } = TimeSpan.FromSeconds(5);
}

/// <summary>A port that stands for one authority: all that arrives goes there.</summary>
internal sealed record DestinationPort(IPEndPoint Listen, Authority Authority);

/// <summary>A port whose connections go to the application.</summary>
/// <param name="Listen">Where.</param>
/// <param name="Application">Where to; null where they were redirected here, and go on to where they were going.</param>
internal sealed record InboundPort(IPEndPoint Listen, IPEndPoint? Application);
