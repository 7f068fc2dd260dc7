using System.IO.Pipelines;
using System.Net;
using System.Runtime.CompilerServices;
using Mesh.Proxy.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Mesh.Proxy.Listening;

/// <summary>A connection as an HTTP server takes it, over a stream.</summary>
internal abstract class StreamConnection : ConnectionContext, IConnectionEndPointFeature, IConnectionIdFeature, IConnectionItemsFeature, IConnectionLifetimeFeature, IConnectionTransportFeature
{
    // A TLS record holds as much.
    private const int BufferSize = 16 * 1024;

    private static long _lastId;

    private readonly CancellationTokenSource _closed = new();
    private int _isOver;

    /// <param name="stream">What is spoken over it.</param>
    /// <param name="local">This end.</param>
    /// <param name="remote">The other end.</param>
    /// <param name="tellsEnd">The stream's owner calls <see cref="ReachedEnd"/>; else reads are watched for it.</param>
    protected StreamConnection(Stream stream, EndPoint? local, EndPoint? remote, bool tellsEnd)
    {
        (LocalEndPoint, RemoteEndPoint) = (local, remote);
        ConnectionClosed = _closed.Token;
        ConnectionId = $"{Interlocked.Increment(ref _lastId):x}";
        // An idle connection holds no buffer.
        Transport = new Duplex(
            PipeReader.Create(tellsEnd ? stream : new Watched(stream, this), new(bufferSize: BufferSize, leaveOpen: true, useZeroByteReads: true)),
            PipeWriter.Create(stream, new(minimumBufferSize: BufferSize, leaveOpen: true)));
        Features.Set<IConnectionEndPointFeature>(this);
        Features.Set<IConnectionIdFeature>(this);
        Features.Set<IConnectionItemsFeature>(this);
        Features.Set<IConnectionLifetimeFeature>(this);
        Features.Set<IConnectionTransportFeature>(this);
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
        Break();
        ReachedEnd();
    }

    public override async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isOver, 1) is 0)
        {
            try
            {
                await Transport.Input.CompleteAsync();
                await Transport.Output.CompleteAsync();
                await CloseAsync();
            }
            catch (Exception failure) when (failure is IOException or InvalidOperationException or ObjectDisposedException)
            {
                // The client is gone already, and needs no farewell.
                Break();
            }
            await _closed.CancelAsync();
        }
        await base.DisposeAsync();
    }

    /// <summary>The client has sent its last. As the framework's own connections do: who serves a request learns that its client has left.</summary>
    protected void ReachedEnd() => ThreadPool.UnsafeQueueUserWorkItem(static connection => connection._closed.Cancel(), this, preferLocal: false);

    /// <summary>Closes what lies beneath, whatever is under way.</summary>
    protected abstract void Break();

    /// <summary>Takes leave, and closes what lies beneath.</summary>
    protected abstract ValueTask CloseAsync();

    private sealed class Watched(Stream inner, StreamConnection connection) : AsyncStream
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
