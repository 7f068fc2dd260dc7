using System.IO.Pipelines;
using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;

namespace Mesh.Proxy.Listening;

/// <summary>
/// Accepts a port's connections, tells each one's protocol from its first bytes without consuming them, and hands it to that
/// protocol's listener. Each connection is looked at by itself: one that sends nothing holds up no other.
/// </summary>
internal sealed class PortAcceptor(Port port, IConnectionListenerFactory sockets, TimeProvider clock) : IAsyncDisposable
{
    /// <summary>
    /// How long a connection may stay undecided before the HTTP/1.1 listener gets it, with its own timeouts. Nothing but HTTP is
    /// served yet, so patience costs nothing, and a client starved of CPU between connect and first byte is still understood.
    /// </summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Channel<ConnectionContext> _http1 = NewChannel();
    private readonly Channel<ConnectionContext> _http2 = NewChannel();
    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _starting = new(1);
    private IConnectionListener? _listener;
    private Task _accepting = Task.CompletedTask;

    public Port Port { get; } = port;

    /// <summary>Binds the port where that hasn't been done for the port's other protocol.</summary>
    public async Task<EndPoint> BindAsync(CancellationToken cancellationToken)
    {
        await _starting.WaitAsync(cancellationToken);
        try
        {
            if (_listener is null)
            {
                _listener = await sockets.BindAsync(Port.Requested, cancellationToken);
                Port.Bound = (IPEndPoint)_listener.EndPoint;
                _accepting = AcceptAsync(_listener);
            }
            return _listener.EndPoint;
        }
        finally
        {
            _starting.Release();
        }
    }

    public ChannelReader<ConnectionContext> Connections(DetectedProtocol protocol) =>
        protocol is DetectedProtocol.Http2 ? _http2.Reader : _http1.Reader;

    /// <summary>Accepts no more. Connections already handed over are not touched; those undecided are closed.</summary>
    public async ValueTask UnbindAsync()
    {
        await _stopping.CancelAsync();
        if (_listener is not null) await _listener.UnbindAsync(CancellationToken.None);
        await _accepting;
        _http1.Writer.TryComplete();
        _http2.Writer.TryComplete();
    }

    public async ValueTask DisposeAsync()
    {
        await UnbindAsync();
        if (Interlocked.Exchange(ref _listener, null) is { } listener) await listener.DisposeAsync();
    }

    private static Channel<ConnectionContext> NewChannel() =>
        Channel.CreateUnbounded<ConnectionContext>(new UnboundedChannelOptions { SingleReader = true });

    private async Task AcceptAsync(IConnectionListener listener)
    {
        while (await listener.AcceptAsync(CancellationToken.None) is { } connection)
        {
            _ = HandOverAsync(connection);
        }
    }

    private async Task HandOverAsync(ConnectionContext connection)
    {
        try
        {
            // TLS and unknown bytes go to the HTTP/1.1 listener too, which answers 400.
            var channel = await DetectAsync(connection.Transport.Input) is DetectedProtocol.Http2 ? _http2 : _http1;
            connection.Features.Set(Port);
            if (channel.Writer.TryWrite(connection)) return;
        }
        catch (Exception failure) when (failure is IOException or OperationCanceledException or ConnectionAbortedException)
        {
            // The peer went away, or the proxy is stopping, before anything was said.
        }
        connection.Abort();
        await connection.DisposeAsync();
    }

    private async ValueTask<DetectedProtocol> DetectAsync(PipeReader input)
    {
        if (input.TryRead(out var first) && Examine(input, first) is var early and not DetectedProtocol.Undecided) return early;

        using var patience = new CancellationTokenSource(Patience, clock);
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token, patience.Token);
        var atLast = DetectedProtocol.Unknown;
        try
        {
            while (true)
            {
                var result = await input.ReadAsync(waiting.Token);
                atLast = ProtocolDetection.DetectAtLast(result.Buffer);
                if (Examine(input, result) is var protocol and not DetectedProtocol.Undecided) return protocol;
                if (result.IsCompleted) return atLast;
            }
        }
        catch (OperationCanceledException) when (!_stopping.IsCancellationRequested)
        {
            return atLast;
        }
    }

    private static DetectedProtocol Examine(PipeReader input, in ReadResult result)
    {
        var protocol = ProtocolDetection.Detect(result.Buffer);
        // Examined up to the start, the next read returns these bytes at once; examined up to the end, only once more have come.
        input.AdvanceTo(result.Buffer.Start, protocol is DetectedProtocol.Undecided ? result.Buffer.End : result.Buffer.Start);
        return protocol;
    }
}
