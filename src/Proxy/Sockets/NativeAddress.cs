using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Mesh.Proxy.Sockets;

/// <summary><c>struct sockaddr_in</c> and <c>sockaddr_in6</c>.</summary>
internal static class NativeAddress
{
    public const int IPv4Length = 16;
    public const int IPv6Length = 28;

    private const ushort IPv4Family = 2;
    private const ushort IPv6Family = 10;

    public static int FamilyOf(IPAddress address) => address.AddressFamily is AddressFamily.InterNetworkV6 ? IPv6Family : IPv4Family;

    /// <returns>How many bytes it took.</returns>
    public static int Write(IPEndPoint endPoint, Span<byte> destination)
    {
        destination[..IPv6Length].Clear();
        var isIPv6 = endPoint.AddressFamily is AddressFamily.InterNetworkV6;
        MemoryMarshal.Write(destination, isIPv6 ? IPv6Family : IPv4Family);
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], (ushort)endPoint.Port);
        endPoint.Address.TryWriteBytes(destination[(isIPv6 ? 8 : 4)..], out _);
        if (isIPv6) MemoryMarshal.Write(destination[24..], (uint)endPoint.Address.ScopeId);
        return isIPv6 ? IPv6Length : IPv4Length;
    }

    /// <summary>An IPv4 address that is mapped into IPv6, as a dual-stack socket has it, is read as IPv4.</summary>
    public static IPEndPoint Read(ReadOnlySpan<byte> source)
    {
        var port = BinaryPrimitives.ReadUInt16BigEndian(source[2..]);
        if (MemoryMarshal.Read<ushort>(source) is not IPv6Family) return new(new IPAddress(source.Slice(4, 4)), port);
        var address = new IPAddress(source.Slice(8, 16), MemoryMarshal.Read<uint>(source[24..]));
        return new(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address, port);
    }
}
