using Mesh.Proxy.Http1;
using Mesh.Proxy.Listening;
using Mesh.Proxy.Sockets;

namespace Mesh.Proxy.Forwarding;

/// <summary>
/// The connections in HTTP/1.1 over TLS that are kept to one endpoint, each on its loop, for as long as there aren't more requests at a time
/// than there may be connections. More go over HTTP/2, which needs one for all. Where none is free requests go over HTTP/2 too, and one
/// more is opened meanwhile, one at a time: a handshake costs as much as many requests.
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
    /// <summary>Connections at a time, on all loops together.</summary>
    public const int Most = 32;

    // Who could not be spoken to so is asked again after this: a sidecar that knows HTTP/2 alone is replaced some time.
    private static readonly TimeSpan HoldOff = TimeSpan.FromSeconds(30);

    // Without more requests at a time than there may be connections.
    private static readonly TimeSpan Lull = TimeSpan.FromSeconds(1);

    // Before a certificate ends, and the server closes: a request must not cross with that.
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(10);

    // Certificates live a day; what lives longer than a timer can be set for outlives its connections.
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(49);

    private readonly Lock _lock = new();
    private Http1Handler? _handler;
    private ITimer? _ending;
    private DateTimeOffset _ends = DateTimeOffset.MaxValue;
    private int _open, _isOpening;
    private long _heldOffSince, _manyAt;
    private bool _isDisposed;

    /// <param name="request">In HTTP/1.1.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Null where none is free, or there are too many requests; it is untouched then.</returns>
    public Task<HttpResponseMessage>? TrySend(HttpRequestMessage request, CancellationToken cancellationToken) =>
        WereMany ? null : Volatile.Read(ref _handler)?.TrySendOnKept(request, again, cancellationToken);

    /// <summary>For what <see cref="TrySend"/> would not take: has it wait for the first connection, or else one be opened for those to come.</summary>
    /// <param name="request">In HTTP/1.1.</param>
    /// <param name="notOnKept">Requests to the endpoint that wait for their answer over HTTP/2, or for a connection, this one among them.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Null where it is to go over HTTP/2; it is untouched then.</returns>
    public Task<HttpResponseMessage>? TrySendOnFirst(HttpRequestMessage request, int notOnKept, CancellationToken cancellationToken)
    {
        if (EventLoop.Current is not { } loop || AreMany(notOnKept) || WereMany) return null;
        if (Volatile.Read(ref _open) >= Most || IsHeldOff || Interlocked.Exchange(ref _isOpening, 1) is not 0) return null;
        // The first waits for its connection, as it would for one of HTTP/2.
        if (Volatile.Read(ref _open) is 0) return SendOnFirstAsync(loop, request, cancellationToken);
        _ = OpenAsync(loop);
        return null;
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            _ending?.Dispose();
            _handler?.Dispose();
        }
    }

    private bool IsHeldOff => Volatile.Read(ref _heldOffSince) is not 0 and var since && time.GetElapsedTime(since) < HoldOff;

    // Answered in batches, many are few every now and then: half of them one way and half the other would cost more than either.
    private bool WereMany => Volatile.Read(ref _manyAt) is not 0 and var last && time.GetElapsedTime(last) < Lull;

    private int OnKept => Volatile.Read(ref _open) - (Volatile.Read(ref _handler)?.Waiting ?? 0);

    private bool AreMany(int notOnKept)
    {
        if (notOnKept <= Most && notOnKept + OnKept <= Most) return false;
        Volatile.Write(ref _manyAt, time.GetTimestamp());
        return true;
    }

    private async Task<HttpResponseMessage> SendOnFirstAsync(EventLoop loop, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await Handler().SendOnNewAsync(loop, request, cancellationToken);
        }
        catch (HttpRequestException failure) when (failure.InnerException is TlsFailedException)
        {
            Hold();
        }
        return await sendOtherwise(request, cancellationToken);
    }

    // It throws nothing: who sends over HTTP/2 meanwhile finds out what is wrong.
    private async Task OpenAsync(EventLoop loop)
    {
        try
        {
            await Handler().OpenAsync(loop, CancellationToken.None);
        }
        catch (HttpRequestException)
        {
            Hold();
        }
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
        try
        {
            var secured = await connect(EventLoop.Current!, cancellationToken);
            Interlocked.Increment(ref _open);
            Expect(secured.Peer.Until!.Value - Margin);
            return new KeptStream(secured.Decrypted, () => Interlocked.Decrement(ref _open));
        }
        finally
        {
            Volatile.Write(ref _isOpening, 0);
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
        }
        before?.Dispose();
    }
}
