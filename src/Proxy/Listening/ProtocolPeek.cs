using Mesh.Proxy.Sockets;

namespace Mesh.Proxy.Listening;

/// <summary>Tells what a connection speaks, without consuming what tells it.</summary>
internal static class ProtocolPeek
{
    /// <summary>What the bytes that are there say.</summary>
    public static DetectedProtocol Now(TcpSocket connection) =>
        connection.Peek(connection.Loop.Scratch) is var peeked and > 0 ? ProtocolDetection.Detect(Peeked(connection, peeked)) : DetectedProtocol.Undecided;

    /// <summary>Waits for as many bytes as it takes, and no longer than told.</summary>
    /// <returns>Undecided where not a byte came.</returns>
    public static async ValueTask<DetectedProtocol> WaitAsync(TcpSocket connection, TimeSpan patience, TimeProvider clock)
    {
        using var wait = new BoundedWait(connection, patience, clock);
        while (true)
        {
            var peeked = connection.Peek(connection.Loop.Scratch);
            if (peeked > 0 && ProtocolDetection.Detect(Peeked(connection, peeked)) is var protocol and not DetectedProtocol.Undecided) return protocol;
            var isOver = peeked is 0 || peeked < 0 && peeked is not Errno.WouldBlock || connection.IsPeerClosed;
            if (!isOver && await wait.ReadableAsync()) continue;
            return AtLast(connection);
        }
    }

    private static DetectedProtocol AtLast(TcpSocket connection) =>
        connection.Peek(connection.Loop.Scratch) is var peeked and > 0
            ? ProtocolDetection.DetectAtLast(Peeked(connection, peeked))
            : DetectedProtocol.Undecided;

    private static ReadOnlySpan<byte> Peeked(TcpSocket connection, int length) => connection.Loop.Scratch.AsSpan(0, length);
}
