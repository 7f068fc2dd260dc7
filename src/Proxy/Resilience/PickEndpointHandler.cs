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
        if (trace.CallDeadline is { } deadline) CarriedDeadline.WriteCallTimeout(request.Headers, time.GetElapsedTime(start, deadline));
        try
        {
            var response = await base.SendAsync(request, cancellationToken);
            var duration = time.GetElapsedTime(start);
            attempt.Endpoint.Answered(duration);
            response.RequestMessage = request;
            attempt.Answered(AttemptOutcome.NameOf(response), (int)response.StatusCode, (int?)AttemptOutcome.GrpcStatusOf(response), duration);
            return response;
        }
        catch (Exception e)
        {
            var condition = AttemptOutcome.ConditionOf(e);
            var duration = time.GetElapsedTime(start);
            attempt.Failed(AttemptOutcome.NameOf(e, condition), AttemptOutcome.EndOf(condition), duration);

            if (AttemptOutcome.Explain(e, condition, destination, attempt.Endpoint) is { } explained) throw explained;
            throw;
        }
    }

    private MeshException NoEndpoints() => new(MeshErrorCode.NoEndpoints, endpoints.All.Count == 0
        ? $"{destination} has no endpoint that serves"
        : $"{destination}: all {endpoints.All.Count} endpoints are ejected, as circuitBreaker.endpoint.maxEjectedPercent allows");
}
