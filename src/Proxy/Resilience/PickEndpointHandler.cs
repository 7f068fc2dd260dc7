using Mesh.Proxy.LoadBalancing;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Resilience;

/// <summary>Makes one attempt: picks an endpoint, sends to it, and writes down what came of it, for the next pick and for the trace.</summary>
internal sealed class PickEndpointHandler(string destination, EndpointSet endpoints, StickyKey? key, TimeProvider time) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var trace = RequestTrace.Of(request);
        var attempt = trace.Begin(endpoints.Lease(trace.Attempts, key?.Of(request, trace.Caller)) ?? throw NoEndpoints());
        attempt.Send(request);

        var start = time.GetTimestamp();
        if (trace.CallDeadline is { } deadline) CarriedDeadline.WriteCallTimeout(request, time.GetElapsedTime(start, deadline));
        try
        {
            var response = await base.SendAsync(request, cancellationToken);
            var duration = time.GetElapsedTime(start);
            response.RequestMessage = request;
            var verdict = AttemptOutcome.VerdictOf(response, duration);
            if (verdict.End != AttemptEnd.ConnectFailed) attempt.Endpoint.Answered(duration);
            attempt.Answered(AttemptOutcome.NameOf(response), verdict);
            return response;
        }
        catch (Exception e)
        {
            var condition = AttemptOutcome.ConditionOf(e);
            var duration = time.GetElapsedTime(start);
            var end = AttemptOutcome.EndOf(condition);
            attempt.Failed(AttemptOutcome.NameOf(e, condition), end == AttemptEnd.Cancelled && HasTimedOut(trace, duration) ? AttemptEnd.TimedOut : end, duration);

            if (AttemptOutcome.Explain(e, condition, destination, attempt.Endpoint) is { } explained) throw explained;
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
