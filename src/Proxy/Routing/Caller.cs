using System.Net;
using Mesh.Proxy.Identity;

namespace Mesh.Proxy.Routing;

/// <summary>Who sent a request, as far as this proxy knows: beside a client the application itself, beside a server whoever came in.</summary>
/// <param name="Identity"><c>namespace/service-account</c>; empty where nothing proves one.</param>
/// <param name="Address">Where the request's connection came from; null where that is no IP connection.</param>
internal readonly record struct Caller(string Identity, IPAddress? Address)
{
    /// <summary>Who proved to be at the other end; null where nobody did, and for the application itself.</summary>
    public VerifiedPeer? Peer { get; init; }

    /// <summary>The client's address as the socket tells it, IPv4 written as IPv4 on a dual-stack socket too.</summary>
    public static Caller Of(string identity, IPAddress? address) =>
        new(identity, address is { IsIPv4MappedToIPv6: true } mapped ? mapped.MapToIPv4() : address);

    /// <summary>Its identity, or its address where it has none.</summary>
    public override string ToString() => Identity.Length > 0 ? Identity : Address?.ToString() ?? "";
}
