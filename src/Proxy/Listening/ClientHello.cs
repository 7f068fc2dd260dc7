using System.Buffers.Binary;
using System.Text;

namespace Mesh.Proxy.Listening;

/// <summary>What a TLS client asks for before anything is encrypted: RFC 8446 section 4.1.2, RFC 6066 section 3, RFC 7301.</summary>
/// <param name="ServerName">In lower case; null where it names none.</param>
/// <param name="Protocols">ALPN, in the client's order.</param>
internal readonly record struct ClientHello(string? ServerName, IReadOnlyList<string> Protocols)
{
    /// <summary>Beyond any client's, key shares of post-quantum groups and padding included: what is longer is not read.</summary>
    public const int LongestBytes = 64 * 1024;

    private const int RecordHeaderLength = 5;
    private const int HandshakeHeaderLength = 4;
    private const byte HandshakeRecord = 22;
    private const byte ClientHelloMessage = 1;
    private const int LongestRecord = 1 << 14;
    private const int RandomLength = 32;
    private const ushort ServerNameExtension = 0;
    private const ushort AlpnExtension = 16;
    private const byte HostName = 0;
    private const int LongestServerName = 255;

    /// <summary>What reading came to.</summary>
    internal enum Outcome
    {
        /// <summary>More bytes are needed.</summary>
        Incomplete,

        /// <summary>It was read.</summary>
        Complete,

        /// <summary>These bytes are no ClientHello, or one that breaks its own lengths.</summary>
        Malformed,
    }

    /// <param name="bytes">The connection from its first byte on.</param>
    /// <param name="hello">Empty unless complete.</param>
    public static Outcome TryRead(ReadOnlySpan<byte> bytes, out ClientHello hello)
    {
        hello = new(null, []);
        // The message may be cut into records anywhere, and in theory into one for each byte.
        var joined = bytes.Length > RecordHeaderLength + LongestRecord ? new byte[Math.Min(bytes.Length, LongestBytes)] : stackalloc byte[bytes.Length];
        var outcome = Join(bytes, joined, out var length);
        if (outcome is Outcome.Malformed) return outcome;
        var message = joined[..length];
        if (length >= 1 && message[0] is not ClientHelloMessage) return Outcome.Malformed;
        if (length < HandshakeHeaderLength) return Outcome.Incomplete;
        var bodyLength = message[1] << 16 | message[2] << 8 | message[3];
        if (bodyLength > LongestBytes) return Outcome.Malformed;
        if (length < HandshakeHeaderLength + bodyLength) return bytes.Length >= LongestBytes ? Outcome.Malformed : Outcome.Incomplete;
        return TryReadBody(message.Slice(HandshakeHeaderLength, bodyLength), ref hello) ? Outcome.Complete : Outcome.Malformed;
    }

    private static Outcome Join(ReadOnlySpan<byte> bytes, Span<byte> message, out int length)
    {
        length = 0;
        while (bytes.Length >= RecordHeaderLength)
        {
            var recordLength = BinaryPrimitives.ReadUInt16BigEndian(bytes[3..]);
            // RFC 8446 section 5.1: a handshake record is never empty.
            if (bytes[0] is not HandshakeRecord || recordLength is 0 or > LongestRecord) return length > 0 ? Outcome.Incomplete : Outcome.Malformed;
            var fragment = bytes[RecordHeaderLength..];
            if (fragment.Length > recordLength) fragment = fragment[..recordLength];
            if (fragment.Length > message.Length - length) return Outcome.Malformed;
            fragment.CopyTo(message[length..]);
            length += fragment.Length;
            bytes = bytes[(RecordHeaderLength + fragment.Length)..];
            if (fragment.Length < recordLength) break;
        }
        return Outcome.Incomplete;
    }

    private static bool TryReadBody(ReadOnlySpan<byte> body, ref ClientHello hello)
    {
        // legacy_version, random; then session id, cipher suites, compression methods, each with its length before it.
        if (body.Length < 2 + RandomLength) return false;
        body = body[(2 + RandomLength)..];
        if (!TryTake(ref body, lengthBytes: 1, out _) || !TryTake(ref body, lengthBytes: 2, out _) || !TryTake(ref body, lengthBytes: 1, out _)) return false;
        // Extensions may be missing altogether before TLS 1.3.
        if (body.IsEmpty) return true;
        if (!TryTake(ref body, lengthBytes: 2, out var extensions)) return false;
        while (!extensions.IsEmpty)
        {
            if (extensions.Length < 2) return false;
            var type = BinaryPrimitives.ReadUInt16BigEndian(extensions);
            extensions = extensions[2..];
            if (!TryTake(ref extensions, lengthBytes: 2, out var data)) return false;
            if (type is ServerNameExtension && hello.ServerName is null) hello = hello with { ServerName = ReadServerName(data) };
            else if (type is AlpnExtension) hello = hello with { Protocols = ReadProtocols(data) };
        }
        return true;
    }

    private static string? ReadServerName(ReadOnlySpan<byte> data)
    {
        if (!TryTake(ref data, lengthBytes: 2, out var names)) return null;
        while (!names.IsEmpty)
        {
            var type = names[0];
            names = names[1..];
            if (!TryTake(ref names, lengthBytes: 2, out var name)) return null;
            if (type is HostName) return name.Length is > 0 and <= LongestServerName && Ascii.IsValid(name) ? Encoding.ASCII.GetString(name).ToLowerInvariant() : null;
        }
        return null;
    }

    private static List<string> ReadProtocols(ReadOnlySpan<byte> data)
    {
        var protocols = new List<string>();
        if (!TryTake(ref data, lengthBytes: 2, out var names)) return protocols;
        while (TryTake(ref names, lengthBytes: 1, out var name)) protocols.Add(Encoding.Latin1.GetString(name));
        return protocols;
    }

    private static bool TryTake(ref ReadOnlySpan<byte> source, int lengthBytes, out ReadOnlySpan<byte> taken)
    {
        taken = default;
        if (source.Length < lengthBytes) return false;
        var length = lengthBytes is 1 ? source[0] : BinaryPrimitives.ReadUInt16BigEndian(source);
        if (source.Length - lengthBytes < length) return false;
        taken = source.Slice(lengthBytes, length);
        source = source[(lengthBytes + length)..];
        return true;
    }
}
