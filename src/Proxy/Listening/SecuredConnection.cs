using System.IO.Pipelines;
using System.Net;
using System.Runtime.CompilerServices;
using Mesh.Proxy.Identity;
using Mesh.Proxy.Sockets;

namespace Mesh.Proxy.Listening;

/// <summary>
/// A connection whose TLS ends here, and that leaves its loop or never was on one: decrypted, with who is at its other end among its features. To
/// the server it is a connection in the clear.
/// </summary>
internal sealed class SecuredConnection : TransportConnection
{
    // A TLS record holds as much.
    private const int BufferSize = 16 * 1024;

    private readonly Stream _decrypted;
    private readonly Func<ValueTask> _finish;

    public SecuredConnection(SecuredStream secured, EndPoint? local, EndPoint? remote)
        : this(secured.Tls, secured.Peer, () => new(secured.Tls.ShutdownAsync()), local, remote)
    {
    }

    /// <summary>One that leaves its loop.</summary>
    public SecuredConnection(SecuredSide secured)
        : this(secured.Decrypted, secured.Peer, secured.Transport.FinishAsync, secured.Transport.LocalEndPoint, secured.Transport.RemoteEndPoint) =>
        secured.LeaveLoop();

    private SecuredConnection(Stream decrypted, VerifiedPeer peer, Func<ValueTask> finish, EndPoint? local, EndPoint? remote)
        : base(local, remote)
    {
        (_decrypted, _finish) = (decrypted, finish);
        var watched = new Watched(decrypted, this);
        // An idle connection holds no buffer.
        Transport = new Duplex(
            PipeReader.Create(watched, new(bufferSize: BufferSize, leaveOpen: true, useZeroByteReads: true)),
            PipeWriter.Create(watched, new(minimumBufferSize: BufferSize, leaveOpen: true)));
        Features.Set(peer);
    }

    protected override void Break() => _decrypted.Dispose();

    protected override async ValueTask CloseAsync()
    {
        await _finish();
        await _decrypted.DisposeAsync();
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
