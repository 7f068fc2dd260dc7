using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Mesh.Proxy.Listening.Wire;

/// <summary>
/// The head of an HTTP/1 request, read by the letter: whatever two readers could read differently is refused. Source: RFC 9112
/// sections 2 to 7, of which this is the strictest reading that clients in use keep to.
/// </summary>
internal struct RequestHead
{
    /// <summary>In bytes: what common servers take at most is 8 to 64 KiB.</summary>
    public const int LongestLine = 64 * 1024;

    /// <summary>In bytes, of all fields together.</summary>
    public const int LargestHeader = 96 * 1024;

    /// <summary>Header fields.</summary>
    public const int MostFields = 512;

    private const int LongestMethod = 64, LongestShown = 60, MostDigits = 19;

    // All that is visible but '#', which begins a fragment: one reader cuts it off, another doesn't (RFC 9112 section 3.2).
    private static readonly SearchValues<byte> Target = SearchValues.Create(
        [.. Enumerable.Range(0x21, 0x7f - 0x21).Where(code => code is not '#').Select(code => (byte)code)]);

    // Those that have been found to be in order, and to mean nothing for where the request ends; true: Host, of which there is one.
    private static readonly LineCache<bool> Seen = new();

    private bool _isHttp10, _isConnect, _hasHost, _hasUpgrade, _hasLength, _hasCoding, _namesUpgrade, _upgradesToHttp2;
    private int _fields;
    private List<string>? _nominated;

    /// <summary>How the body ends.</summary>
    public BodyFraming Framing { get; private set; }

    /// <summary>The body's, where it has one.</summary>
    public long Length { get; private set; }

    /// <summary>The fields that Connection names beside its own words; null where it names none.</summary>
    public readonly IReadOnlyList<string>? Nominated => _nominated;

    /// <summary>
    /// The client would go on in HTTP/2 (RFC 7540 section 3.2, which RFC 9113 took back). Nobody need take that up, and taken up
    /// it would hide every later request from policy; it is passed over as by a server that doesn't know it.
    /// </summary>
    public bool AsksForHttp2 { get; private set; }

    /// <param name="bytes">From the request line to the empty line, both included.</param>
    /// <returns>What is wrong; null where nothing is.</returns>
    public MalformedRequest? Read(ReadOnlySpan<byte> bytes)
    {
        if (!TakeLine(ref bytes, out var line)) return Malformed("request line", line, "a line that ends in CR LF");
        if (ReadRequestLine(line) is { } wrong) return wrong;
        while (TakeLine(ref bytes, out line))
        {
            if (line.IsEmpty) return Conclude();
            if (++_fields > MostFields) return new(HeadFault.HeaderTooLarge, $"found more than {MostFields} header fields");
            if (ReadField(line) is { } fault) return fault;
        }
        return Malformed("header", line, "lines that end in CR LF");
    }

    /// <summary>Whether a head may begin with this byte: where it mayn't, there is no use in waiting for its end.</summary>
    public static bool MayBeginWith(byte first) => FieldSyntax.Token.Contains(first);

    private static bool TakeLine(ref ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> line)
    {
        var end = bytes.IndexOf((byte)'\n');
        if (end < 1 || bytes[end - 1] is not (byte)'\r')
        {
            line = end < 0 ? bytes : bytes[..(end + 1)];
            return false;
        }
        line = bytes[..(end - 1)];
        bytes = bytes[(end + 1)..];
        return true;
    }

    private MalformedRequest? ReadRequestLine(ReadOnlySpan<byte> line)
    {
        var method = line.IndexOfAnyExcept(FieldSyntax.Token);
        if (method is <= 0 or > LongestMethod || line[method] is not (byte)' ') return Malformed("request line", line, "METHOD TARGET HTTP/1.1, one space between each");
        var rest = line[(method + 1)..];
        var target = rest.IndexOfAnyExcept(Target);
        if (target <= 0 || rest[target] is not (byte)' ') return Malformed("request target", rest, "visible ASCII characters without '#', and one space after them");
        if (ReadVersion(rest[(target + 1)..]) is { } wrong) return wrong;
        return ReadTarget(line[..method], rest[..target]);
    }

    private MalformedRequest? ReadVersion(ReadOnlySpan<byte> version)
    {
        _isHttp10 = version.SequenceEqual("HTTP/1.0"u8);
        if (_isHttp10 || version.SequenceEqual("HTTP/1.1"u8)) return null;
        var isVersion = version.Length is 8 && version.StartsWith("HTTP/"u8) && char.IsAsciiDigit((char)version[5]) && version[6] is (byte)'.' && char.IsAsciiDigit((char)version[7]);
        return isVersion
            ? new(HeadFault.UnsupportedVersion, $"version: found {Show(version)}, expected HTTP/1.1 or HTTP/1.0")
            : Malformed("version", version, "HTTP/1.1 or HTTP/1.0");
    }

    // RFC 9112 section 3.2: which form belongs to which method.
    private MalformedRequest? ReadTarget(ReadOnlySpan<byte> method, ReadOnlySpan<byte> target)
    {
        _isConnect = method.SequenceEqual("CONNECT"u8);
        if (_isConnect) return IsHostAndPort(target) ? null : Malformed("request target", target, "HOST:PORT with CONNECT");
        if (target[0] is (byte)'/') return null;
        if (target is [(byte)'*']) return method.SequenceEqual("OPTIONS"u8) ? null : Malformed("request target", target, "a path: '*' is for OPTIONS only");
        var authority = target.StartsWith("http://"u8) ? 7 : target.StartsWith("https://"u8) ? 8 : 0;
        if (authority is 0) return Malformed("request target", target, "a path that starts with '/', or a URI that starts with http://");
        var host = target[authority..];
        var end = host.IndexOfAny((byte)'/', (byte)'?');
        return HostText.IsValid(end < 0 ? host : host[..end]) ? null : Malformed("request target", target, "an http:// URI with a host, and no user before it");
    }

    private static bool IsHostAndPort(ReadOnlySpan<byte> target)
    {
        var colon = target.LastIndexOf((byte)':');
        return colon > 0 && HostText.IsValid(target) && Utf8Parser.TryParse(target[(colon + 1)..], out ushort port, out var read) && read == target.Length - colon - 1 && port > 0;
    }

    private MalformedRequest? ReadField(ReadOnlySpan<byte> line)
    {
        if (Seen.TryGet(line, out var isHost)) return isHost ? Once(ref _hasHost, "Host"u8) : null;
        if (line[0] is (byte)' ' or (byte)'\t') return Malformed("header", line, "a field's name: a line that continues the one before is refused (RFC 9112 section 5.2)");
        var colon = line.IndexOfAnyExcept(FieldSyntax.Token);
        if (colon <= 0 || line[colon] is not (byte)':') return Malformed("header", line, "NAME: VALUE, with no space before the colon");
        var name = line[..colon];
        var value = Trim(line[(colon + 1)..]);
        if (value.ContainsAny(FieldSyntax.Controls)) return Malformed($"header field {Show(name)}", value, "no control characters");
        return name.Length switch
        {
            4 when Is(name, "host"u8) => ReadHost(line, value),
            7 when Is(name, "upgrade"u8) => ReadUpgrade(value),
            10 when Is(name, "connection"u8) => ReadConnection(value),
            14 when Is(name, "content-length"u8) => ReadLength(value),
            14 when Is(name, "content_length"u8) => Malformed("header", name, "Content-Length: servers that follow CGI take the one for the other"),
            17 when Is(name, "transfer-encoding"u8) => ReadCoding(value),
            17 when Is(name, "transfer_encoding"u8) => Malformed("header", name, "Transfer-Encoding: servers that follow CGI take the one for the other"),
            _ => Keep(line, isHost: false),
        };
    }

    private MalformedRequest? ReadHost(ReadOnlySpan<byte> line, ReadOnlySpan<byte> value) => Once(ref _hasHost, "Host"u8)
        ?? (HostText.IsValid(value) ? Keep(line, isHost: true) : Malformed("Host", value, "a name or an address, with or without a port"));

    private static MalformedRequest? Keep(ReadOnlySpan<byte> line, bool isHost)
    {
        Seen.Keep(line, isHost);
        return null;
    }

    private MalformedRequest? ReadLength(ReadOnlySpan<byte> value)
    {
        if (Once(ref _hasLength, "Content-Length"u8) is { } twice) return twice;
        // Utf8Parser alone would take a sign.
        if (value.Length is 0 or > MostDigits || value.ContainsAnyExceptInRange((byte)'0', (byte)'9') || !Utf8Parser.TryParse(value, out long length, out var read) || read != value.Length)
            return Malformed("Content-Length", value, "decimal digits only, once");
        Length = length;
        return null;
    }

    private MalformedRequest? ReadConnection(ReadOnlySpan<byte> value)
    {
        foreach (var range in value.Split((byte)','))
        {
            var option = Trim(value[range]);
            if (option.IsEmpty) continue;
            if (option.ContainsAnyExcept(FieldSyntax.Token)) return Malformed("Connection", value, "names, with commas between them");
            if (Is(option, "upgrade"u8)) _namesUpgrade = true;
            else if (!Is(option, "close"u8) && !Is(option, "keep-alive"u8)) (_nominated ??= []).Add(Encoding.ASCII.GetString(option));
        }
        return null;
    }

    private MalformedRequest? ReadUpgrade(ReadOnlySpan<byte> value)
    {
        _upgradesToHttp2 = Is(value, "h2c"u8);
        return Once(ref _hasUpgrade, "Upgrade"u8);
    }

    private MalformedRequest? ReadCoding(ReadOnlySpan<byte> value)
    {
        if (Once(ref _hasCoding, "Transfer-Encoding"u8) is { } twice) return twice;
        if (Is(value, "chunked"u8)) return null;
        var last = value.LastIndexOf((byte)',');
        var areOthersBefore = last > 0 && !value[..last].ContainsAnyExcept(FieldSyntax.Token) && !Is(value[..last], "chunked"u8) && Is(Trim(value[(last + 1)..]), "chunked"u8);
        return areOthersBefore
            ? new(HeadFault.UnsupportedCoding, $"Transfer-Encoding: found '{Show(value)}', expected chunked alone: no other coding is undone here")
            : Malformed("Transfer-Encoding", value, "chunked");
    }

    private MalformedRequest? Conclude()
    {
        if (!_hasHost && !_isHttp10) return new(HeadFault.Malformed, "Host: found none, expected one (RFC 9112 section 3.2)");
        if (_hasCoding && _hasLength) return new(HeadFault.Malformed, "found Content-Length and Transfer-Encoding, expected one of the two (RFC 9112 section 6.3)");
        if (_hasCoding && _isHttp10) return new(HeadFault.Malformed, "Transfer-Encoding: found in HTTP/1.0, which doesn't know it (RFC 9112 section 6.1)");
        Framing = _hasCoding ? BodyFraming.Chunked : Length > 0 ? BodyFraming.Length : BodyFraming.None;
        AsksForHttp2 = _upgradesToHttp2 || _namesUpgrade && !_hasUpgrade;
        if (!_isConnect && (!_namesUpgrade || AsksForHttp2)) return null;
        if (Framing is not BodyFraming.None) return new(HeadFault.Malformed, $"found a body with {(_isConnect ? "CONNECT" : "Upgrade")}, expected none: what follows may be no HTTP");
        Framing = BodyFraming.Opaque;
        return null;
    }

    private static MalformedRequest? Once(ref bool seen, ReadOnlySpan<byte> name)
    {
        if (seen) return new(HeadFault.Malformed, $"{Show(name)}: found twice, expected once");
        seen = true;
        return null;
    }

    private static MalformedRequest Malformed(string where, ReadOnlySpan<byte> found, string expected) =>
        new(HeadFault.Malformed, $"{where}: found '{Show(found)}', expected {expected}");

    // What may be shown in a log and in JSON: a hostile client wrote it.
    private static string Show(ReadOnlySpan<byte> bytes)
    {
        var shown = new StringBuilder();
        foreach (var octet in bytes[..Math.Min(bytes.Length, LongestShown)])
        {
            if (octet is >= 0x20 and < 0x7f) shown.Append((char)octet);
            else shown.Append(CultureInfo.InvariantCulture, $"\\x{octet:x2}");
        }
        return bytes.Length > LongestShown ? shown.Append("...").ToString() : shown.ToString();
    }

    private static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> value) => value.Trim(" \t"u8);

    private static bool Is(ReadOnlySpan<byte> name, ReadOnlySpan<byte> lowerCase) => Ascii.EqualsIgnoreCase(name, lowerCase);
}
