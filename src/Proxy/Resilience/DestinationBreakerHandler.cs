using Mesh.Proxy.CircuitBreaking;
using Mesh.Proxy.LoadBalancing;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Resilience;

/// <summary>
/// Ends requests at once while the destination as a whole fails, so that clients don't wait for it and it is not asked more than it
/// can answer. It judges requests by what their clients get, retries included: failures that retries hide don't open it.
/// </summary>
internal sealed class DestinationBreakerHandler(string destination, Breaker breaker, FailureClassifier failures, TimeProvider time) : DelegatingHandler
{
    // While a probe is under way nobody knows how long it takes.
    private static readonly TimeSpan ProbeTime = TimeSpan.FromSeconds(1);

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (!breaker.TryEnter(out var ticket)) return Task.FromResult<HttpResponseMessage>(new RefusedResponse(Open(destination, breaker, time), request));
        var call = new DestinationCall(breaker, ticket, failures);
        RequestTrace.Of(request).Watch(call);
        return SendAsync(call, request, cancellationToken);
    }

    private async Task<HttpResponseMessage> SendAsync(DestinationCall call, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        try
        {
            var response = await base.SendAsync(request, cancellationToken);
            call.Answered(time.GetElapsedTime(start), Attempt.Of(response)?.Verdict);
            return response;
        }
        catch (MeshException timeout) when (timeout.Code == MeshErrorCode.RequestTimeout)
        {
            call.TimedOut(time.GetElapsedTime(start));
            throw;
        }
    }

    /// <summary>Why a request, or a connection, is ended that wasn't let through.</summary>
    public static MeshException Open(string destination, Breaker breaker, TimeProvider time)
    {
        var isOpen = breaker.State == BreakerState.Open;
        var left = isOpen ? time.GetElapsedTime(time.GetTimestamp(), breaker.Until) : ProbeTime;
        return new(MeshErrorCode.BreakerOpen, isOpen
            ? $"{destination} keeps failing: nothing is sent to it for another {left.TotalSeconds:0.#} s"
            : $"{destination} kept failing: the request that is to show whether it has recovered is under way")
        { RetryAfter = left };
    }
}
