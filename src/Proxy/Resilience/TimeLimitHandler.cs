using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Resilience;

/// <summary>
/// Bounds the time to the response's head. The body that follows, a stream or an upgrade, takes as long as it takes.
/// </summary>
/// <remarks>
/// Polly's timeout takes its token back when the head arrives and hands it to another request, while HTTP goes on using it for
/// a request body still under way (a duplex gRPC call). So this one gives each request a token of its own, which lives as long
/// as the request and after the head is cancelled by the client alone.
/// </remarks>
internal abstract class TimeLimitHandler(TimeProvider time) : DelegatingHandler
{
    protected TimeProvider Time { get; } = time;

    /// <summary>Whether the answer says no more than that this very time is over: a proxy below that was told of it may be the first to say so.</summary>
    protected virtual bool IsTimedOutBelow(HttpRequestMessage request, HttpResponseMessage response) => false;

    protected async Task<HttpResponseMessage> SendWithinAsync(
        TimeSpan limit, HttpRequestMessage request, Func<HttpRequestMessage, MeshException> timedOut, CancellationToken cancellationToken)
    {
        var source = new CancellationTokenSource(limit, Time);
        // Dropped with the client's token, which the forwarder makes for each request.
        var linked = cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), source);
        var answered = false;
        try
        {
            var response = await base.SendAsync(request, source.Token);
            source.CancelAfter(Timeout.InfiniteTimeSpan);
            var isOver = IsTimedOutBelow(request, response);
            answered = !isOver && !source.IsCancellationRequested;
            if (answered) return response;
            response.Dispose();
            throw isOver ? timedOut(request) : new OperationCanceledException(source.Token);
        }
        catch (Exception) when (source.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw timedOut(request);
        }
        finally
        {
            if (!answered)
            {
                linked.Dispose();
                source.Dispose();
            }
        }
    }
}
