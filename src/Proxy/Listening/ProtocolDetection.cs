using Mesh.Proxy.Listening.Wire;

namespace Mesh.Proxy.Listening;

/// <summary>Tells a connection's protocol from its first bytes.</summary>
internal static class ProtocolDetection
{
    /// <summary>The longest method told from noise. The longest registered with IANA has 17 characters; many servers take any.</summary>
    private const int LongestMethod = 4096;

    /// <summary>What of a request line is looked at for HTTP's version.</summary>
    private const int LongestRequestLine = 16 * 1024;

    private const byte TlsHandshake = 0x16;
    private const byte TlsMajorVersion = 0x03;

    /// <summary>"PRI" is no method and never will be (RFC 9113 section 3.4), so with its space it is the preface's beginning.</summary>
    private const int TellingPrefaceLength = 4;

    // RFC 9113 section 3.4.
    private static ReadOnlySpan<byte> Http2Preface => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;

    // Not CONNECT, which NATS begins with.
    private static readonly byte[][] CommonMethods =
    [
        "GET"u8.ToArray(), "POST"u8.ToArray(), "PUT"u8.ToArray(), "DELETE"u8.ToArray(),
        "HEAD"u8.ToArray(), "OPTIONS"u8.ToArray(), "PATCH"u8.ToArray(), "TRACE"u8.ToArray(),
    ];

    // What lenient servers skip before a request line.
    private static ReadOnlySpan<byte> Blanks => " \t\r\n"u8;

    /// <summary>What is to be made of these bytes where no more are waited for.</summary>
    public static DetectedProtocol DetectAtLast(ReadOnlySpan<byte> bytes)
    {
        var protocol = Detect(bytes);
        if (protocol is not DetectedProtocol.Undecided) return protocol;
        if (bytes.Length >= TellingPrefaceLength && Http2Preface.StartsWith(bytes[..TellingPrefaceLength])) return DetectedProtocol.Http2;
        // Who stops within a method would else pass all that is decided for requests, only by being slow.
        return BeginsCommonMethod(bytes.TrimStart(Blanks)) ? DetectedProtocol.Http1 : DetectedProtocol.Unknown;
    }

    /// <param name="bytes">All that has been received so far.</param>
    public static DetectedProtocol Detect(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty) return DetectedProtocol.Undecided;
        if (bytes.StartsWith(Http2Preface)) return DetectedProtocol.Http2;
        if (Http2Preface.StartsWith(bytes)) return DetectedProtocol.Undecided;
        if (bytes[0] is TlsHandshake)
        {
            if (bytes.Length is 1) return DetectedProtocol.Undecided;
            return bytes[1] is TlsMajorVersion ? DetectedProtocol.Tls : DetectedProtocol.Unknown;
        }

        return DetectHttp1(bytes.TrimStart(Blanks));
    }

    // What a lenient server would take for HTTP is HTTP here, be it to be refused: relayed as TCP, it would reach the application
    // past all that is decided for requests.
    private static DetectedProtocol DetectHttp1(ReadOnlySpan<byte> bytes)
    {
        var methodLength = bytes[..Math.Min(bytes.Length, LongestMethod + 1)].IndexOfAnyExcept(FieldSyntax.Token);
        if (methodLength < 0) return bytes.Length > LongestMethod ? DetectedProtocol.Unknown : DetectedProtocol.Undecided;
        if (methodLength > 0 && bytes[methodLength] is (byte)' ' or (byte)'\t')
            return IsCommonMethod(bytes[..methodLength]) ? DetectedProtocol.Http1 : DetectByVersion(bytes);
        var line = bytes.IndexOf((byte)'\n') is var end and >= 0 ? bytes[..end] : bytes;
        return line.IndexOf(" HTTP/1."u8) >= 0 ? DetectedProtocol.Http1 : DetectedProtocol.Unknown;
    }

    // Other text protocols begin with a word and a space too: of a method that is none of the common ones, the line must name HTTP.
    private static DetectedProtocol DetectByVersion(ReadOnlySpan<byte> line)
    {
        if (line.Length > LongestRequestLine) line = line[..LongestRequestLine];
        var end = line.IndexOf((byte)'\n');
        if ((end < 0 ? line : line[..end]).IndexOf("HTTP/"u8) >= 0) return DetectedProtocol.Http1;
        return end >= 0 || line.Length == LongestRequestLine ? DetectedProtocol.Unknown : DetectedProtocol.Undecided;
    }

    private static bool IsCommonMethod(ReadOnlySpan<byte> method) => BeginsCommonMethod(method, whole: true);

    private static bool BeginsCommonMethod(ReadOnlySpan<byte> bytes, bool whole = false)
    {
        if (bytes.IsEmpty) return false;
        foreach (var method in CommonMethods)
        {
            if (method.AsSpan().StartsWith(bytes) && (!whole || method.Length == bytes.Length)) return true;
        }
        return false;
    }
}
