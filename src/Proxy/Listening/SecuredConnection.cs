using System.IO.Pipelines;
using System.Net;
using System.Runtime.CompilerServices;
using Mesh.Proxy.Identity;
using Mesh.Proxy.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Mesh.Proxy.Listening;

/// <summary>
/// A connection whose TLS ends here, as an HTTP server takes it: decrypted, with who is at its other end among its features. To the
/// server it is a connection in the clear.
/// </summary>
internal sealed class SecuredConnection : ConnectionContext, IConnectionEndPointFeature, IConnectionIdFeature, IConnectionItemsFeature, IConnectionLifetimeFeature, IConnectionTransportFeature
{
    // A TLS record holds as much.
    private const int BufferSize = 16 * 1024;

    private static long _lastId;

    private readonly CancellationTokenSource _closed = new();
    private readonly SecuredStream _secured;
    private int _isOver;

    public SecuredConnection(SecuredStream secured, EndPoint? local, EndPoint? remote)
    {
        _secured = secured;
        (LocalEndPoint, RemoteEndPoint) = (local, remote);
        ConnectionClosed = _closed.Token;
        ConnectionId = $"tls-{Interlocked.Increment(ref _lastId):x}";
        // An idle connection holds no buffer.
        Transport = new Duplex(
            PipeReader.Create(new Watched(secured.Decrypted, this), new(bufferSize: BufferSize, leaveOpen: true, useZeroByteReads: true)),
            PipeWriter.Create(secured.Decrypted, new(minimumBufferSize: BufferSize, leaveOpen: true)));
        Features.Set<IConnectionEndPointFeature>(this);
        Features.Set<IConnectionIdFeature>(this);
        Features.Set<IConnectionItemsFeature>(this);
        Features.Set<IConnectionLifetimeFeature>(this);
        Features.Set<IConnectionTransportFeature>(this);
        Features.Set(secured.Peer);
    }

    public override string ConnectionId { get; set; }

    public override IFeatureCollection Features { get; } = new FeatureCollection();

    public override IDictionary<object, object?> Items { get; set; } = new ConnectionItems();

    public override IDuplexPipe Transport { get; set; }

    public override EndPoint? LocalEndPoint { get; set; }

    public override EndPoint? RemoteEndPoint { get; set; }

    public override CancellationToken ConnectionClosed { get; set; }

    /// <summary>Ends it at once.</summary>
    public override void Abort(ConnectionAbortedException abortReason)
    {
        if (Interlocked.Exchange(ref _isOver, 1) != 0) return;
        _secured.Tls.Dispose();
        _closed.Cancel();
    }

    public override async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isOver, 1) is 0) await CloseAsync();
        await base.DisposeAsync();
    }

    private async ValueTask CloseAsync()
    {
        try
        {
            await Transport.Input.CompleteAsync();
            await Transport.Output.CompleteAsync();
            await _secured.Tls.ShutdownAsync();
        }
        catch (Exception failure) when (failure is IOException or InvalidOperationException or ObjectDisposedException)
        {
            // The client is gone already, and needs no farewell.
        }
        await _secured.Tls.DisposeAsync();
        await _closed.CancelAsync();
    }

    // As the framework's own connections do: who serves a request learns that its client has left.
    private void ReachedEnd() => ThreadPool.UnsafeQueueUserWorkItem(static connection => connection._closed.Cancel(), this, preferLocal: false);

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

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
