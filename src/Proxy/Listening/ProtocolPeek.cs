using Mesh.Proxy.Sockets;

namespace Mesh.Proxy.Listening;

/// <summary>Tells what a connection speaks, without consuming what tells it.</summary>
internal static class ProtocolPeek
{
    /// <summary>Who has begun as HTTP or TLS does goes on soon: a server that speaks first isn't what this waits for.</summary>
    private static readonly TimeSpan RestPatience = TimeSpan.FromSeconds(1);

    /// <summary>What the bytes that are there say.</summary>
    public static DetectedProtocol Now(TcpSocket connection) =>
        connection.Peek(connection.Loop.Scratch) is var peeked and > 0 ? ProtocolDetection.Detect(Peeked(connection, peeked)) : DetectedProtocol.Undecided;

    /// <summary>Waits for as many bytes as it takes, and no longer than told.</summary>
    /// <returns>Undecided where not a byte came.</returns>
    public static async ValueTask<DetectedProtocol> WaitAsync(TcpSocket connection, TimeSpan patience, TimeProvider clock)
    {
        using (var first = new BoundedWait(connection, patience, clock))
        {
            while (!HasBytes(connection) && !IsOver(connection))
            {
                if (!await first.ReadableAsync()) break;
            }
        }
        if (!HasBytes(connection)) return DetectedProtocol.Undecided;
        using var rest = new BoundedWait(connection, RestPatience, clock);
        while (true)
        {
            if (Now(connection) is var protocol and not DetectedProtocol.Undecided) return protocol;
            if (IsOver(connection) || !await rest.ReadableAsync()) return AtLast(connection);
        }
    }

    private static bool HasBytes(TcpSocket connection) => connection.Peek(connection.Loop.Scratch.AsSpan(0, 1)) > 0;

    private static bool IsOver(TcpSocket connection) => connection.IsClosed || connection.IsPeerClosed;

    private static DetectedProtocol AtLast(TcpSocket connection) =>
        connection.Peek(connection.Loop.Scratch) is var peeked and > 0
            ? ProtocolDetection.DetectAtLast(Peeked(connection, peeked))
            : DetectedProtocol.Undecided;

    private static ReadOnlySpan<byte> Peeked(TcpSocket connection, int length) => connection.Loop.Scratch.AsSpan(0, length);
}
