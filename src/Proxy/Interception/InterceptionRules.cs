using System.Net;
using Mesh.Api.Interception;

namespace Mesh.Proxy.Interception;

/// <summary>Which of a pod's TCP connections go through the proxy.</summary>
internal sealed record InterceptionRules
{
    /// <summary>The user that the proxy runs as: what it opens is left alone.</summary>
    public uint ProxyUser { get; init; } = 2102;

    /// <summary>Where the proxy takes what the pod opens.</summary>
    public int OutboundPort { get; init; } = 15001;

    /// <summary>Where the proxy takes what is opened to the pod.</summary>
    public int InboundPort { get; init; } = 15006;

    /// <summary>Where the proxy serves its own pages, on loopback.</summary>
    public int AdminPort { get; init; } = 15000;

    /// <summary>Where the kubelet asks for the proxy's health, and by way of it for the application's.</summary>
    public int HealthPort { get; init; } = 15002;

    /// <summary>Ports of others that the pod's connections go to directly.</summary>
    public IReadOnlyList<PortRange> SkipOutboundPorts { get; init; } = [];

    /// <summary>Addresses of others that the pod's connections go to directly.</summary>
    public IReadOnlyList<IPNetwork> SkipOutboundCidrs { get; init; } = [];

    /// <summary>Ports of the pod that are reached directly.</summary>
    public IReadOnlyList<PortRange> SkipInboundPorts { get; init; } = [];

    /// <summary>Addresses of others that reach the pod directly.</summary>
    public IReadOnlyList<IPNetwork> SkipInboundCidrs { get; init; } = [];

    /// <summary>
    /// The ports of the pod that are never redirected: its own, which the proxy refuses, which answer on loopback only, or which the
    /// kubelet asks at. Redirected, the proxy would be asked to connect to itself, and the admin pages would be open to whoever reaches the pod.
    /// </summary>
    public IReadOnlyList<PortRange> DirectInboundPorts =>
        PortRange.Merge([.. SkipInboundPorts, new(AdminPort, AdminPort), new(OutboundPort, OutboundPort), new(HealthPort, HealthPort), new(InboundPort, InboundPort)]);
}
