using Mesh.Api.Identity;
using Mesh.Proxy.Sockets;

namespace Mesh.Proxy.Listening;

/// <summary>Tells the mesh's TLS from all else by its ClientHello, without consuming it.</summary>
internal static class HelloPeek
{
    /// <summary>A ClientHello comes in one piece or two; who sends it byte by byte is given as long as for the rest of the handshake.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private const byte TlsHandshake = 0x16;
    private const byte TlsMajorVersion = 0x03;

    // RFC 7301 section 6, RFC 9113 section 3.2.
    private const string Http11 = "http/1.1", Http2 = "h2";

    /// <param name="connection">Nothing of it has been read.</param>
    /// <param name="first">How long its first byte is waited for.</param>
    /// <param name="clock">The clock of that wait.</param>
    public static async ValueTask<HelloKind> WaitAsync(TcpSocket connection, TimeSpan first, TimeProvider clock)
    {
        var kind = Now(connection, isAll: false);
        if (kind is HelloKind.None)
        {
            using var beginning = new BoundedWait(connection, first, clock);
            while (kind is HelloKind.None && !IsOver(connection) && await beginning.ReadableAsync()) kind = Now(connection, isAll: false);
            kind ??= Now(connection, isAll: IsOver(connection));
        }
        if (kind is not null) return kind.Value;
        using var rest = new BoundedWait(connection, Patience, clock);
        while (kind is null && await rest.ReadableAsync()) kind = Now(connection, isAll: IsOver(connection));
        return kind ?? HelloKind.OtherTls;
    }

    private static bool IsOver(TcpSocket connection) => connection.IsClosed || connection.IsPeerClosed;

    /// <returns>Null where more bytes are needed.</returns>
    private static HelloKind? Now(TcpSocket connection, bool isAll)
    {
        var scratch = connection.Loop.Scratch;
        var peeked = connection.IsClosed ? 0 : connection.Peek(scratch);
        if (peeked <= 0) return HelloKind.None;
        var bytes = scratch.AsSpan(0, peeked);
        if (bytes[0] is not TlsHandshake || peeked > 1 && bytes[1] is not TlsMajorVersion) return HelloKind.Plaintext;
        return ClientHello.TryRead(bytes, out var hello) switch
        {
            ClientHello.Outcome.Complete => KindOf(hello),
            ClientHello.Outcome.Malformed => HelloKind.OtherTls,
            _ => isAll ? HelloKind.OtherTls : null,
        };
    }

    private static HelloKind KindOf(in ClientHello hello) =>
        !hello.Protocols.Contains(MeshProtocols.Marker) ? HelloKind.OtherTls
        : hello.Protocols.Contains(MeshProtocols.Tcp) ? HelloKind.MeshTcp
        : hello.Protocols.Contains(MeshProtocols.Channels) ? HelloKind.MeshChannels
        : hello.Protocols.Contains(Http11) && !hello.Protocols.Contains(Http2) ? HelloKind.MeshHttp1
        : HelloKind.Mesh;
}
