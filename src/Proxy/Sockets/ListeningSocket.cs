using System.Net;
using System.Net.Sockets;

namespace Mesh.Proxy.Sockets;

/// <summary>A port that is listened on, from any number of loops: each connection wakes one that has nothing else to do.</summary>
internal sealed class ListeningSocket : IDisposable
{
    // What the kernel holds for us to accept; its own limit (net.core.somaxconn) may be lower.
    private const int Backlog = 4096;

    private readonly Socket _socket;

    private ListeningSocket(Socket socket) => _socket = socket;

    public IPEndPoint EndPoint => (IPEndPoint)_socket.LocalEndPoint!;

    /// <param name="requested">Port 0 takes a free one; <c>[::]</c> takes IPv4 as well.</param>
    /// <exception cref="SocketException">It is taken, or none of this host's.</exception>
    public static ListeningSocket Bind(IPEndPoint requested)
    {
        var isAny = requested.Address.Equals(IPAddress.IPv6Any);
        // A kernel without IPv6: what was meant is every address.
        if (isAny && !Socket.OSSupportsIPv6) return Bind(new(IPAddress.Any, requested.Port));
        var socket = new Socket(requested.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
        try
        {
            if (isAny) socket.DualMode = true;
            socket.Bind(requested);
            socket.Listen(Backlog);
            return new(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Begins to accept on a loop, on that loop's thread.</summary>
    public AcceptQueue AcceptOn(EventLoop loop) => new(loop, (int)_socket.Handle);

    public void Dispose() => _socket.Dispose();
}
