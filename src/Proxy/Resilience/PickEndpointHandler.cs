using Mesh.Proxy.LoadBalancing;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Resilience;

/// <summary>Makes one attempt: picks an endpoint, sends to it, and writes down what came of it, for the next pick and for the trace.</summary>
/// <remarks>Who stands right above may take the steps itself, and spares each request an asynchronous method: <see cref="RetryHandler"/> does.</remarks>
internal sealed class PickEndpointHandler(string destination, EndpointSet endpoints, StickyKey? key, TimeProvider time) : DelegatingHandler
{
    /// <summary>Picks an endpoint for a request.</summary>
    /// <exception cref="MeshException">There is none.</exception>
    public Attempt Begin(HttpRequestMessage request)
    {
        var trace = RequestTrace.Of(request);
        var attempt = trace.Begin(endpoints.Lease(trace.Attempts, key?.Of(request, trace.Caller)) ?? throw NoEndpoints());
        attempt.Send(request);
        if (trace.CallDeadline is { } deadline) CarriedDeadline.WriteCallTimeout(request, time.GetElapsedTime(attempt.Started, deadline));
        return attempt;
    }

    /// <summary>Sends a request to the endpoint that was picked for it.</summary>
    public Task<HttpResponseMessage> ForwardAsync(HttpRequestMessage request, CancellationToken cancellationToken) => base.SendAsync(request, cancellationToken);

    /// <summary>Writes down that there is an answer.</summary>
    public void End(Attempt attempt, HttpRequestMessage request, HttpResponseMessage response)
    {
        var now = time.GetTimestamp();
        var duration = time.GetElapsedTime(attempt.Started, now);
        response.RequestMessage = request;
        var verdict = AttemptOutcome.VerdictOf(response, duration);
        if (verdict.End != AttemptEnd.ConnectFailed) attempt.Endpoint.Answered(duration, now);
        attempt.Answered(AttemptOutcome.NameOf(response), verdict);
    }

    /// <summary>Writes down that there will be none.</summary>
    /// <returns>The failure as it is passed on.</returns>
    public Exception Fail(Attempt attempt, HttpRequestMessage request, Exception failure)
    {
        var condition = AttemptOutcome.ConditionOf(failure);
        var duration = time.GetElapsedTime(attempt.Started);
        var end = AttemptOutcome.EndOf(condition);
        attempt.Failed(
            AttemptOutcome.NameOf(failure, condition), end == AttemptEnd.Cancelled && HasTimedOut(RequestTrace.Of(request), duration) ? AttemptEnd.TimedOut : end, duration);
        return AttemptOutcome.Explain(failure, condition, destination, attempt.Endpoint) ?? failure;
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var attempt = Begin(request);
        try
        {
            var response = await ForwardAsync(request, cancellationToken);
            End(attempt, request, response);
            return response;
        }
        catch (Exception failure)
        {
            if (Fail(attempt, request, failure) is var explained && explained != failure) throw explained;
            throw;
        }
    }

    // When the request's own time is up, it was the endpoint that had the larger part of it and did not answer.
    private bool HasTimedOut(RequestTrace trace, TimeSpan duration) =>
        trace.Timeout is { } timeout && time.GetTimestamp() >= trace.Deadline && duration >= timeout / 2;

    private MeshException NoEndpoints() => new(MeshErrorCode.NoEndpoints, endpoints.All.Count == 0
        ? $"{destination} has no endpoint that serves"
        : $"{destination}: all {endpoints.All.Count} endpoints are ejected, as circuitBreaker.endpoint.maxEjectedPercent allows");
}
