using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace Mesh.Api.Discovery;

/// <summary>
/// What traffic names as its destination: a host (a name in lower case, or an IP address) and a port. Two texts that mean the
/// same authority give equal values: case, a trailing dot and the brackets of an IPv6 address make no difference.
/// Source: RFC 3986 section 3.2, without user information, which RFC 9110 section 4.2.4 forbids here.
/// </summary>
public readonly record struct Authority
{
    private const int LongestName = 253;
    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdefABCDEF");

    private Authority(string host, int port, IPAddress? address) => (Host, Port, Address) = (host, port, address);

    /// <summary>A name in lower case without a trailing dot, or an IP address without brackets.</summary>
    public string Host { get; }

    /// <summary>1 to 65535.</summary>
    public int Port { get; }

    /// <summary>The host as an address; null where it is a name.</summary>
    public IPAddress? Address { get; }

    /// <summary>Reads <c>host</c>, <c>host:port</c>, <c>1.2.3.4:port</c> or <c>[::1]:port</c>.</summary>
    /// <param name="text">The authority as it came.</param>
    /// <param name="authority">What it means.</param>
    /// <param name="defaultPort">The port where the text has none. Default: 80.</param>
    /// <returns>False where the text is no authority.</returns>
    public static bool TryParse([NotNullWhen(true)] string? text, out Authority authority, int defaultPort = 80)
    {
        authority = default;
        if (string.IsNullOrEmpty(text)) return false;

        var host = text.AsSpan();
        var port = defaultPort;
        var bracketed = host[0] == '[';
        var hostEnd = bracketed ? host.IndexOf(']') + 1 : host.IndexOf(':');
        if (bracketed && hostEnd == 0) return false;
        if (hostEnd >= 0 && hostEnd < host.Length)
        {
            if (host[hostEnd] != ':' || !TryParsePort(host[(hostEnd + 1)..], out port)) return false;
            host = host[..hostEnd];
        }

        if (bracketed)
        {
            if (host.Contains('%') || !host.Contains(':') || !IPAddress.TryParse(host[1..^1], out var v6)) return false;
            authority = new(v6.ToString(), port, v6);
            return true;
        }
        if (IPAddress.TryParse(host, out var v4) && host.SequenceEqual(v4.ToString()))
        {
            authority = new(v4.ToString(), port, v4);
            return true;
        }
        if (host is [.., '.']) host = host[..^1];
        if (!IsName(host) || LooksLikeAddress(host)) return false;
        authority = new(host.ToString().ToLowerInvariant(), port, null);
        return true;
    }

    /// <summary>The authority that an address is, whatever interface (IPv6 scope) it was seen on.</summary>
    public static Authority Of(IPEndPoint address)
    {
        ArgumentNullException.ThrowIfNull(address);
        // Made of its bytes, an address has no scope.
        var ip = address.Address.IsIPv4MappedToIPv6 ? address.Address.MapToIPv4() : new(address.Address.GetAddressBytes());
        return new(ip.ToString(), address.Port, ip);
    }

    /// <summary><c>host:port</c>, with brackets around an IPv6 address.</summary>
    public override string ToString() => Host is null ? "" : EndpointKey(Host, Port);

    /// <summary>An address and a port as the discovery protocol writes them: <c>10.0.0.7:8080</c>, <c>[fd00::7]:8080</c>.</summary>
    public static string EndpointKey(string address, int port) =>
        address.Contains(':') ? string.Create(CultureInfo.InvariantCulture, $"[{address}]:{port}") : string.Create(CultureInfo.InvariantCulture, $"{address}:{port}");

    private static bool TryParsePort(ReadOnlySpan<char> text, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is > 0 and <= ushort.MaxValue;

    // 127.1, 010.0.0.7 and 0x7f000001 are addresses to inet_aton and its heirs, each in its own way. An address is a dotted quad here,
    // and whatever else one might take for an address is nothing.
    private static bool LooksLikeAddress(ReadOnlySpan<char> name)
    {
        foreach (var range in name.Split('.'))
        {
            var label = name[range];
            var isHex = label.Length > 2 && label.StartsWith("0x", StringComparison.OrdinalIgnoreCase) && !label[2..].ContainsAnyExcept(HexDigits);
            if (!isHex && label.ContainsAnyExceptInRange('0', '9')) return false;
        }
        return true;
    }

    // Underscores are in no host name by RFC 1123, and in some services' names all the same.
    private static bool IsName(ReadOnlySpan<char> name)
    {
        if (name.Length is 0 or > LongestName) return false;
        var labelLength = 0;
        foreach (var c in name)
        {
            if (c == '.')
            {
                if (labelLength == 0) return false;
                labelLength = 0;
            }
            else if (char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
            {
                if (++labelLength > 63) return false;
            }
            else
            {
                return false;
            }
        }
        return labelLength > 0;
    }
}
