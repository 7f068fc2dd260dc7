using System.IO.Pipelines;
using System.Net;
using System.Runtime.CompilerServices;
using Mesh.Proxy.Identity;
using Mesh.Proxy.Sockets;

namespace Mesh.Proxy.Listening;

/// <summary>
/// A connection whose TLS ends here: decrypted, with who is at its other end among its features. To the server it is a connection in
/// the clear.
/// </summary>
internal sealed class SecuredConnection : TransportConnection
{
    // A TLS record holds as much.
    private const int BufferSize = 16 * 1024;

    private readonly SecuredStream _secured;

    /// <summary>One that leaves its loop, or never was on one.</summary>
    public SecuredConnection(SecuredStream secured, EndPoint? local, EndPoint? remote)
        : base(local, remote)
    {
        _secured = secured;
        Speak(over: new Watched(secured.Decrypted, this));
    }

    /// <summary>One that stays on its loop: docs/decisions/http-on-the-loop.md.</summary>
    public SecuredConnection(SecuredSide secured)
        : base(secured.Socket.LocalEndPoint, secured.Socket.RemoteEndPoint)
    {
        _secured = new(secured.Decrypted, secured.Tls, secured.Peer);
        Speak(over: secured.Decrypted);
        var socket = secured.Socket;
        socket.PeerClosed = () => FindEnd(socket);
        if (socket.IsPeerClosed) FindEnd(socket);
    }

    protected override void Break() => _secured.Tls.Dispose();

    protected override async ValueTask CloseAsync()
    {
        await _secured.Tls.ShutdownAsync();
        await _secured.Tls.DisposeAsync();
    }

    private void Speak(Stream over)
    {
        // An idle connection holds no buffer.
        Transport = new Duplex(
            PipeReader.Create(over, new(bufferSize: BufferSize, leaveOpen: true, useZeroByteReads: true)),
            PipeWriter.Create(over, new(minimumBufferSize: BufferSize, leaveOpen: true)));
        Features.Set(_secured.Peer);
    }

    private sealed class Watched(Stream inner, SecuredConnection connection) : AsyncStream
    {
        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            try
            {
                var read = await inner.ReadAsync(buffer, cancellationToken);
                if (read is 0 && !buffer.IsEmpty) connection.ReachedEnd();
                return read;
            }
            catch (IOException)
            {
                connection.ReachedEnd();
                throw;
            }
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => inner.WriteAsync(buffer, cancellationToken);
    }
}
