using Mesh.Proxy.Identity;
using Mesh.Proxy.Sockets;

namespace Mesh.Proxy.Listening;

/// <summary>
/// A connection that stays on its event loop: what comes over it is served on the loop's thread, without a word to another one, as far
/// as nothing on the way leaves that. Nothing there may block; docs/decisions/http-on-the-loop.md.
/// </summary>
internal sealed class LoopConnection : TransportConnection
{
    private readonly LoopTransport _transport;

    /// <summary>One in the clear.</summary>
    /// <param name="socket">Its owner from now on.</param>
    public LoopConnection(TcpSocket socket)
        : this((LoopTransport)socket)
    {
    }

    /// <summary>One whose TLS ends here, with who is at its other end among its features. To the server it is a connection in the clear.</summary>
    public LoopConnection(SecuredSide secured)
        : this(secured.Transport, secured.Peer)
    {
    }

    /// <summary>One of those that share one.</summary>
    public LoopConnection(LoopTransport decrypted, VerifiedPeer peer)
        : this(decrypted) => Features.Set(peer);

    private LoopConnection(LoopTransport transport)
        : base(transport.LocalEndPoint, transport.RemoteEndPoint)
    {
        _transport = transport;
        Transport = new Duplex(new LoopReader(transport, ReachedEnd), new LoopWriter(transport));
        transport.PeerClosed = FindEnd;
        if (transport.IsPeerClosed) FindEnd();
    }

    protected override void Break() => _transport.Loop.Post(_transport.Dispose);

    protected override async ValueTask CloseAsync()
    {
        await _transport.Loop.SwitchAsync();
        _transport.PeerClosed = null;
        // Where there is no room to say so, the peer isn't waited for.
        _ = _transport.Finish();
        _transport.Dispose();
    }

    // The peer has closed: while a request is served nobody reads. What was sent before the end is read first, and then the end.
    private void FindEnd()
    {
        if (!_transport.IsClosed && _transport.IsAtEnd) ReachedEnd();
    }
}
