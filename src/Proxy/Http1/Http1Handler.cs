using Mesh.Proxy.Sockets;

namespace Mesh.Proxy.Http1;

/// <summary>
/// Sends requests to one server over HTTP/1.1, each on a connection of its own, which is kept for the next. It does what a proxy needs
/// of .NET's client and no more, for a part of what that costs; docs/performance.md has the figures.
/// </summary>
/// <remarks>
/// A connection that was kept may end just as the next request goes out. One that is idempotent and has no body is then sent once
/// more, on a new connection (RFC 9110 section 9.2.2); every other one fails, and whether it is sent again is the policy's to say.
/// </remarks>
/// <param name="connect">Opens a connection: any stream whose reads, writes and closing don't wait for each other.</param>
/// <param name="idleTimeout">How long a connection is kept.</param>
/// <param name="time">The clock.</param>
internal sealed class Http1Handler(Func<CancellationToken, ValueTask<Stream>> connect, TimeSpan idleTimeout, TimeProvider time) : HttpMessageHandler
{
    // A loop's connections serve the requests on it. There are as many loops as processors at most: looking through them is fastest.
    private volatile (EventLoop Loop, IdleConnections Idle)[] _onLoops = [];
    private readonly Lock _lock = new();
    private readonly IdleConnections _elsewhere = new(idleTimeout, time);
    private Http1Connection.Repetition? _again;
    private bool _isDisposed;

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var idle = EventLoop.Current is { } loop ? IdleOn(loop) : _elsewhere;
        return idle.TryTake() is { } kept
            ? kept.SendAsync(request, MayBeRepeated(request) ? _again ??= SendOnNewAsync : null, cancellationToken)
            : SendOnNewAsync(idle, request, cancellationToken);
    }

    /// <summary>Sends a request on a connection that is kept on this thread's loop.</summary>
    /// <param name="request">Untouched where there is none.</param>
    /// <param name="again">Sends it otherwise, where the connection turns out to have ended before and the request may be sent again.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Null where there is none.</returns>
    public Task<HttpResponseMessage>? TrySendOnKept(HttpRequestMessage request, Http1Connection.Repetition again, CancellationToken cancellationToken) =>
        EventLoop.Current is { } loop && IdleOn(loop).TryTake() is { } kept ? kept.SendAsync(request, MayBeRepeated(request) ? again : null, cancellationToken) : null;

    /// <summary>Opens a connection and sends a request on it.</summary>
    /// <param name="loop">This thread's.</param>
    /// <param name="request">In HTTP/1.1.</param>
    /// <param name="again">As of <see cref="TrySendOnKept"/>; null: it fails then.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public Task<HttpResponseMessage> SendOnNewAsync(EventLoop loop, HttpRequestMessage request, Http1Connection.Repetition? again, CancellationToken cancellationToken) =>
        SendOnNewAsync(IdleOn(loop), request, MayBeRepeated(request) ? again : null, cancellationToken);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            lock (_lock)
            {
                _isDisposed = true;
                foreach (var (_, idle) in _onLoops) idle.Dispose();
            }
            _elsewhere.Dispose();
        }
        base.Dispose(disposing);
    }

    private IdleConnections IdleOn(EventLoop loop) => Known(_onLoops, loop) ?? NewOn(loop);

    private IdleConnections NewOn(EventLoop loop)
    {
        lock (_lock)
        {
            if (_isDisposed) return _elsewhere;
            if (Known(_onLoops, loop) is { } known) return known;
            var idle = new IdleConnections(idleTimeout, time);
            _onLoops = [.. _onLoops, (loop, idle)];
            return idle;
        }
    }

    private static IdleConnections? Known((EventLoop Loop, IdleConnections Idle)[] onLoops, EventLoop loop)
    {
        foreach (var (each, idle) in onLoops)
        {
            if (each == loop) return idle;
        }
        return null;
    }

    private Task<HttpResponseMessage> SendOnNewAsync(IdleConnections idle, HttpRequestMessage request, CancellationToken cancellationToken) =>
        SendOnNewAsync(idle, request, again: null, cancellationToken);

    private async Task<HttpResponseMessage> SendOnNewAsync(IdleConnections idle, HttpRequestMessage request, Http1Connection.Repetition? again, CancellationToken cancellationToken) =>
        await (await ConnectAsync(idle, cancellationToken)).SendAsync(request, again, cancellationToken);

    private async ValueTask<Http1Connection> ConnectAsync(IdleConnections idle, CancellationToken cancellationToken)
    {
        try
        {
            return new(await connect(cancellationToken), idle, time);
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            throw new HttpRequestException(HttpRequestError.ConnectionError, failure.Message, failure);
        }
    }

    private static bool MayBeRepeated(HttpRequestMessage request) => request.Content is null
        && (request.Method == HttpMethod.Get || request.Method == HttpMethod.Head || request.Method == HttpMethod.Options
            || request.Method == HttpMethod.Put || request.Method == HttpMethod.Delete || request.Method == HttpMethod.Trace);
}
