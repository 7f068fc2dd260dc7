using System.Threading.RateLimiting;
using Mesh.Api.Discovery;
using Mesh.Proxy.LoadBalancing;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Resilience;

/// <summary>
/// Lets only so many attempts be in flight to the destination: concurrency.maxRequests. Others wait in a queue of bounded length for
/// a bounded time, the oldest first, or are refused. A place is kept to the end of the answer.
/// </summary>
internal sealed class BulkheadHandler(string destination, Concurrency concurrency, ConcurrencyLimiter limiter, TimeProvider time) : DelegatingHandler
{
    private readonly TimeSpan _queueTimeout = concurrency.QueueTimeout?.ToTimeSpan() ?? TimeSpan.Zero;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var permit = limiter.AttemptAcquire();
        if (!permit.IsAcquired)
        {
            if (concurrency.QueueLength == 0) return new RefusedResponse(Full("and none may wait"), request);
            permit = await QueueAsync(cancellationToken);
            if (permit is null) return new RefusedResponse(Full($"and there was no place within concurrency.queue.timeout ({_queueTimeout:g})"), request);
            if (!permit.IsAcquired) return new RefusedResponse(Full($"and {concurrency.QueueLength} wait already"), request);
        }
        return await SendAsync(request, permit, cancellationToken);
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, RateLimitLease permit, CancellationToken cancellationToken)
    {
        Attempt? attempt = null;
        try
        {
            var answer = await base.SendAsync(request, cancellationToken);
            attempt = Attempt.Of(answer);
            attempt?.Hold(permit);
            return answer;
        }
        finally
        {
            if (attempt is null) permit.Dispose();
        }
    }

    /// <returns>Null where the time was up.</returns>
    private async Task<RateLimitLease?> QueueAsync(CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(_queueTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            return await limiter.AcquireAsync(cancellationToken: either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private MeshException Full(string why) => new(MeshErrorCode.ConcurrencyLimit,
        $"{destination}: {concurrency.MaxRequests} requests are in flight, as many as concurrency.maxRequests allows, {why}");
}
