using System.Net;
using System.Net.NetworkInformation;
using Mesh.Api.Discovery;

namespace Mesh.Proxy.Listening;

/// <summary>Every port of this proxy. It knows the addresses that lead back here, so that no request is sent round in circles.</summary>
internal sealed class PortRegistry
{
    private readonly List<Port> _ports = [];
    private volatile HashSet<IPAddress> _local = LocalAddresses();

    public IReadOnlyList<Port> All => _ports;

    /// <summary>Before the first request only.</summary>
    public IReadOnlyList<Port> Add(params IReadOnlyList<Port> ports)
    {
        _ports.AddRange(ports);
        return ports;
    }

    public bool LeadsHere(Authority authority) => authority.Address is { } address
        ? LeadsHere(address, authority.Port)
        : authority.Host is "localhost" && LeadsHere(IPAddress.Loopback, authority.Port);

    public bool LeadsHere(IPAddress address, int port)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        foreach (var own in _ports)
        {
            if (own.Bound is not { } bound || bound.Port != port) continue;
            if (bound.Address.Equals(address) || IsAny(address)) return true;
            // A listener on any address is reached at each of this host's, which are all of 127.0.0.0/8 and the interfaces'.
            if (IsAny(bound.Address) && IsOfThisHost(address)) return true;
        }
        return false;
    }

    /// <summary>Whether an address is one of this host's, loopback or an interface's.</summary>
    public bool IsOfThisHost(IPAddress address)
    {
        if (IPAddress.IsLoopback(address) || _local.Contains(address)) return true;
        // An interface may have come, or been given an address, since they were last looked at.
        _local = LocalAddresses();
        return _local.Contains(address);
    }

    private static HashSet<IPAddress> LocalAddresses() =>
        [.. NetworkInterface.GetAllNetworkInterfaces().SelectMany(network => network.GetIPProperties().UnicastAddresses).Select(unicast => unicast.Address)];

    private static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);
}
