using System.Net;
using System.Net.Sockets;
using Mesh.Api.Discovery;
using Mesh.Proxy.Sockets;

namespace Mesh.Proxy.Listening;

/// <summary>Where a connection was going before it was redirected here: a feature of each connection that was.</summary>
internal sealed class OriginalDestination(IPEndPoint address)
{
    // include/uapi/linux/netfilter_ipv4.h, netfilter_ipv6/ip6_tables.h: SO_ORIGINAL_DST and IP6T_SO_ORIGINAL_DST.
    private const int IPv4Level = 0;
    private const int IPv6Level = 41;
    private const int Option = 80;

    /// <summary>IPv4 as IPv4, on a socket for both versions too.</summary>
    public IPEndPoint Address { get; } = address;

    public Authority Authority { get; } = Authority.Of(address);

    /// <returns>Null where the connection was for this proxy itself.</returns>
    public static OriginalDestination? Of(TcpSocket connection, IPEndPoint local)
    {
        Span<byte> address = stackalloc byte[NativeAddress.IPv6Length];
        address.Clear();
        // A socket for both versions has its IPv4 connections' addresses at IPv4's level. Without an entry in the kernel's connection
        // table, or without such a table, there is nothing to be had.
        var level = local.AddressFamily is AddressFamily.InterNetworkV6 ? IPv6Level : IPv4Level;
        if (connection.GetOption(level, Option, address) <= 0) return null;
        var original = NativeAddress.Read(address);
        // While the table is kept, a connection that nobody redirected has an entry too: its own address.
        return original.Equals(local) ? null : new(original);
    }
}
