using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Mesh.Proxy.Listening;

/// <summary>A connection as an HTTP server takes it. Who derives from it says what it is spoken over: <see cref="Transport"/>.</summary>
internal abstract class TransportConnection : ConnectionContext, IConnectionEndPointFeature, IConnectionIdFeature, IConnectionItemsFeature, IConnectionLifetimeFeature, IConnectionTransportFeature
{
    private static long _lastId;

    private readonly CancellationTokenSource _closed = new();
    private int _isOver;

    /// <param name="local">This end.</param>
    /// <param name="remote">The other end.</param>
    protected TransportConnection(EndPoint? local, EndPoint? remote)
    {
        (LocalEndPoint, RemoteEndPoint) = (local, remote);
        ConnectionClosed = _closed.Token;
        ConnectionId = $"{Interlocked.Increment(ref _lastId):x}";
        Features.Set<IConnectionEndPointFeature>(this);
        Features.Set<IConnectionIdFeature>(this);
        Features.Set<IConnectionItemsFeature>(this);
        Features.Set<IConnectionLifetimeFeature>(this);
        Features.Set<IConnectionTransportFeature>(this);
    }

    public override string ConnectionId { get; set; }

    public override IFeatureCollection Features { get; } = new ConnectionFeatures();

    // Nothing here has any.
    public override IDictionary<object, object?> Items { get => field ??= new ConnectionItems(); set; }

    public override IDuplexPipe Transport { get; set; } = null!;

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

    protected sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
