using System.Text;
using Mesh.Api.Discovery;
using Mesh.Proxy.Listening.Wire;
using Mesh.Proxy.Sockets;

namespace Mesh.Proxy.Listening;

/// <summary>A request for a tunnel, <c>CONNECT host:port HTTP/1.1</c>, with which a connection has begun: RFC 9110 section 9.3.6.</summary>
/// <param name="Target">Where the tunnel is to lead.</param>
/// <param name="Length">Of its head in bytes, and of the empty lines before it.</param>
internal sealed record TunnelRequest(Authority Target, int Length)
{
    /// <summary>As for every other head that has begun.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static ReadOnlySpan<byte> Method => "CONNECT "u8;

    // No field at all: a length or a coding would be wrong (RFC 9110 section 9.3.6), and there is nothing else to say.
    private static ReadOnlySpan<byte> Opened => "HTTP/1.1 200 OK\r\n\r\n"u8;

    /// <summary>Whether a connection that speaks HTTP/1 begins so.</summary>
    public static bool IsOn(TcpSocket connection) =>
        connection.Peek(connection.Loop.Scratch) is var peeked and > 0 && connection.Loop.Scratch.AsSpan(0, peeked).TrimStart("\r\n"u8).StartsWith(Method);

    /// <summary>Reads it without consuming it, once it is whole.</summary>
    /// <returns>Null where it isn't one, or none that can be read: it is answered as requests are.</returns>
    public static async ValueTask<TunnelRequest?> PeekAsync(TcpSocket connection, TimeProvider clock)
    {
        if (!IsOn(connection)) return null;
        using var wait = new BoundedWait(connection, Patience, clock);
        while (true)
        {
            var peeked = connection.Peek(connection.Loop.Scratch);
            if (peeked <= 0) return null;
            if (TryRead(connection.Loop.Scratch.AsMemory(0, peeked), out var request)) return request;
            if (peeked == connection.Loop.Scratch.Length || connection.IsPeerClosed || !await wait.ReadableAsync()) return null;
        }
    }

    /// <summary>Tells the client that the tunnel is open. What it has sent after the request is the tunnel's first.</summary>
    public void Accept(TcpSocket client)
    {
        client.Receive(client.Loop.Scratch.AsSpan(0, Length));
        // Nothing was sent before: there is room. Where the client is gone, whoever serves the tunnel finds out.
        client.Send(Opened);
    }

    /// <returns>Whether it has all come, be it nothing that can be read.</returns>
    private static bool TryRead(ReadOnlyMemory<byte> bytes, out TunnelRequest? request)
    {
        request = null;
        var search = new HeadSearch();
        search.Search(new(bytes));
        if (search.End is not { } end) return false;
        var head = bytes.Span[(int)search.Leading..(int)end];
        if (new RequestHead().Read(head) is null && Authority.TryParse(TargetOf(head), out var target)) request = new(target, (int)end);
        return true;
    }

    private static string TargetOf(ReadOnlySpan<byte> head)
    {
        var rest = head[Method.Length..];
        return Encoding.ASCII.GetString(rest[..rest.IndexOf((byte)' ')]);
    }
}
