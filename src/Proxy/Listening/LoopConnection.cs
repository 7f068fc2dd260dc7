using Mesh.Proxy.Sockets;

namespace Mesh.Proxy.Listening;

/// <summary>
/// A connection that stays on its event loop: what comes over it is served on the loop's thread, without a word to another one, as far
/// as nothing on the way leaves that. Nothing there may block; docs/decisions/http-on-the-loop.md.
/// </summary>
internal sealed class LoopConnection : TransportConnection
{
    private readonly TcpSocket _socket;

    /// <param name="socket">Its owner from now on.</param>
    public LoopConnection(TcpSocket socket)
        : base(socket.LocalEndPoint, socket.RemoteEndPoint)
    {
        _socket = socket;
        Action findEnd = FindEnd;
        Transport = new Duplex(new LoopReader(socket, findEnd), new LoopWriter(socket));
        socket.PeerClosed = findEnd;
        if (socket.IsPeerClosed) FindEnd();
    }

    protected override void Break() => _socket.Loop.Post(_socket.Dispose);

    protected override async ValueTask CloseAsync()
    {
        await _socket.Loop.SwitchAsync();
        _socket.PeerClosed = null;
        _socket.ShutdownSend();
        _socket.Dispose();
    }

    private void FindEnd() => FindEnd(_socket);
}
