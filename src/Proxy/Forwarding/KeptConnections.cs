using Mesh.Proxy.Channels;
using Mesh.Proxy.Http1;
using Mesh.Proxy.Listening;
using Mesh.Proxy.Sockets;

namespace Mesh.Proxy.Forwarding;

/// <summary>
/// The connections in HTTP/1.1 over TLS that are kept to one endpoint: on each loop one, and on it a channel for each request that is under
/// way; one more where it has no more of them. Where the peer takes no such connection, requests go over HTTP/2.
/// </summary>
/// <param name="connect">Opens one, on a loop.</param>
/// <param name="sendOtherwise">Sends over HTTP/2.</param>
/// <param name="again">Sends what a connection that turns out to have ended was given.</param>
/// <param name="time">The clock.</param>
internal sealed class KeptConnections(
    Func<EventLoop, CancellationToken, ValueTask<SecuredSide>> connect, Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> sendOtherwise,
    Http1Connection.Repetition again, TimeProvider time)
    : IDisposable
{
    // Who could not be spoken to so is asked again after this: a sidecar that knows HTTP/2 alone is replaced some time.
    private static readonly TimeSpan HoldOff = TimeSpan.FromSeconds(30);

    // Before a certificate ends, and the server closes: a request must not cross with that.
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(10);

    // Certificates live a day; what lives longer than a timer can be set for outlives its connections.
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(49);

    private readonly Lock _lock = new();
    private Http1Handler? _handler;
    private readonly Dictionary<EventLoop, Task<ChannelConnection>> _shared = [];
    private ITimer? _ending;
    private DateTimeOffset _ends = DateTimeOffset.MaxValue;
    private long _heldOffSince;
    private bool _isDisposed;

    /// <param name="request">In HTTP/1.1.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Null where no channel is free; it is untouched then.</returns>
    public Task<HttpResponseMessage>? TrySend(HttpRequestMessage request, CancellationToken cancellationToken) => Volatile.Read(ref _handler)?.TrySendOnKept(request, again, cancellationToken);

    /// <summary>For what <see cref="TrySend"/> would not take: sends it on a channel of its own, for which it may wait for a connection.</summary>
    /// <param name="request">In HTTP/1.1.</param>
    /// <param name="isRepeated">It has been sent before, on a connection that turned out to have ended.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Null where it is to go over HTTP/2; it is untouched then.</returns>
    public Task<HttpResponseMessage>? TrySendOnNew(HttpRequestMessage request, bool isRepeated, CancellationToken cancellationToken) =>
        EventLoop.Current is { } loop && !IsHeldOff ? SendOnNewAsync(loop, request, isRepeated, cancellationToken) : null;

    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            _ending?.Dispose();
            Retire();
        }
        // What waits on its connections goes on from here, and is to find no lock held.
        _handler?.Dispose();
    }

    private bool IsHeldOff => Volatile.Read(ref _heldOffSince) is not 0 and var since && time.GetElapsedTime(since) < HoldOff;

    private async Task<HttpResponseMessage> SendOnNewAsync(EventLoop loop, HttpRequestMessage request, bool isRepeated, CancellationToken cancellationToken)
    {
        // A new channel of a connection that has been kept.
        var mayHaveEnded = !isRepeated && IsKeptOn(loop);
        try
        {
            return await Handler().SendOnNewAsync(loop, request, mayHaveEnded ? again : null, cancellationToken);
        }
        catch (HttpRequestException failure) when (!mayHaveEnded && failure.InnerException is TlsFailedException)
        {
            Hold();
        }
        return await sendOtherwise(request, cancellationToken);
    }

    private bool IsKeptOn(EventLoop loop)
    {
        lock (_lock) return _shared.GetValueOrDefault(loop) is { IsCompletedSuccessfully: true, Result.CanOpen: true };
    }

    private void Hold() => Volatile.Write(ref _heldOffSince, time.GetTimestamp());

    private Http1Handler Handler()
    {
        lock (_lock)
        {
            if (_handler is not null) return _handler;
            _handler = new(ConnectAsync, EndpointSocket.IdleTimeout, time);
            if (_isDisposed) _handler.Dispose();
            return _handler;
        }
    }

    private async ValueTask<Stream> ConnectAsync(CancellationToken cancellationToken)
    {
        var loop = EventLoop.Current!;
        while (true)
        {
            var shared = await SharedOn(loop).WaitAsync(cancellationToken);
            await loop.SwitchAsync();
            if (shared.CanOpen) return new LoopStream(shared.Open());
            // Others who waited for it have taken all that it has.
            if (shared.IsClosed) throw new IOException("the sidecar closed the connection");
        }
    }

    private Task<ChannelConnection> SharedOn(EventLoop loop)
    {
        lock (_lock)
        {
            if (_shared.TryGetValue(loop, out var known) && (!known.IsCompleted || known is { IsCompletedSuccessfully: true, Result.CanOpen: true })) return known;
            return _shared[loop] = OpenAsync(loop);
        }
    }

    private async Task<ChannelConnection> OpenAsync(EventLoop loop)
    {
        await loop.YieldAsync();
        var secured = await connect(loop, CancellationToken.None);
        await loop.SwitchAsync();
        try
        {
            var shared = new ChannelConnection(secured.Transport);
            _ = shared.RunAsync();
            Expect(secured.Peer.Until!.Value - Margin);
            return shared;
        }
        catch
        {
            // The peer has been through with it already.
            secured.Transport.Dispose();
            throw;
        }
    }

    private void Expect(DateTimeOffset end)
    {
        lock (_lock)
        {
            if (end >= _ends || _isDisposed) return;
            _ends = end;
            var left = end - time.GetUtcNow();
            // The peer's next certificate isn't there yet: not each request is to find that out by a handshake.
            if (left <= TimeSpan.Zero) Hold();
            if (left >= LongestTimer) return;
            _ending?.Dispose();
            _ending = time.CreateTimer(static self => ((KeptConnections)self!).Renew(), this, left > TimeSpan.Zero ? left : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }
    }

    // Requests from now on take new connections, which the peer proves itself on by its next certificate.
    private void Renew()
    {
        Http1Handler? before;
        lock (_lock)
        {
            _ends = DateTimeOffset.MaxValue;
            before = _handler;
            _handler = null;
            Retire();
        }
        before?.Dispose();
    }

    private void Retire()
    {
        foreach (var (loop, opening) in _shared) _ = RetireAsync(loop, opening);
        _shared.Clear();
    }

    private static async Task RetireAsync(EventLoop loop, Task<ChannelConnection> opening)
    {
        await ((Task)opening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        if (!opening.IsCompletedSuccessfully) return;
        await loop.SwitchAsync();
        opening.Result.Retire();
    }
}
