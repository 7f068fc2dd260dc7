using System.Buffers;
using System.Buffers.Text;
using System.Net;

namespace Mesh.Proxy.Listening.Wire;

/// <summary>What a Host may look like: RFC 3986 section 3.2.2, without user, without escapes, and without the colon that no port follows.</summary>
internal static class HostText
{
    // A name's letters, and the underscore that many clusters have in theirs. No comma, no escapes: no DNS name has them, and readers differ.
    private static readonly SearchValues<byte> Name = SearchValues.Create("-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    public static bool IsValid(ReadOnlySpan<byte> host)
    {
        if (host.IsEmpty) return false;
        return host[0] is (byte)'[' ? IsAddressInBrackets(host) : IsName(host);
    }

    private static bool IsName(ReadOnlySpan<byte> host)
    {
        var colon = host.IndexOf((byte)':');
        var name = colon < 0 ? host : host[..colon];
        return !name.IsEmpty && !name.ContainsAnyExcept(Name) && (colon < 0 || IsPort(host[(colon + 1)..]));
    }

    private static bool IsAddressInBrackets(ReadOnlySpan<byte> host)
    {
        var close = host.IndexOf((byte)']');
        if (close < 0 || !IPAddress.IsValidUtf8(host[1..close]) || !host[1..close].Contains((byte)':')) return false;
        var rest = host[(close + 1)..];
        return rest.IsEmpty || rest[0] is (byte)':' && IsPort(rest[1..]);
    }

    private static bool IsPort(ReadOnlySpan<byte> port) =>
        !port.ContainsAnyExceptInRange((byte)'0', (byte)'9') && Utf8Parser.TryParse(port, out ushort _, out var read) && read == port.Length;
}
