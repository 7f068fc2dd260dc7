using System.Net;
using System.Net.Sockets;

namespace Mesh.Proxy.Tests.Forwarding;

/// <summary>A port that is taken, so that nobody else gets it, and refuses connections.</summary>
internal sealed class RefusingPort : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public RefusingPort() => _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));

    public string Address => _socket.LocalEndPoint!.ToString()!;

    public void Dispose() => _socket.Dispose();
}
