using Mesh.Api.Discovery;
using Mesh.Proxy.LoadBalancing;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Resilience;

/// <summary>Makes one attempt: picks an endpoint, sends to it, and writes down what came of it, for the next pick and for the trace.</summary>
internal sealed class PickEndpointHandler(string destination, EndpointSet endpoints, IEndpointPicker picker, TimeProvider time) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var trace = RequestTrace.Of(request);
        var endpoint = endpoints.Lease(picker, trace.Attempts)
            ?? throw new MeshException(MeshErrorCode.NoEndpoints, $"{destination} has no endpoint that serves");
        var attempt = trace.Begin(endpoint);
        attempt.Send(request);

        var start = time.GetTimestamp();
        if (trace.CallDeadline is { } deadline) CarriedDeadline.WriteCallTimeout(request.Headers, time.GetElapsedTime(start, deadline));
        try
        {
            var response = await base.SendAsync(request, cancellationToken);
            var duration = time.GetElapsedTime(start);
            endpoint.Latency.Observe(duration);
            endpoint.SetAside.Answered();
            response.RequestMessage = request;
            attempt.Answered(AttemptOutcome.NameOf(response), (int)response.StatusCode, (int?)AttemptOutcome.GrpcStatusOf(response), duration);
            return response;
        }
        catch (Exception e)
        {
            var condition = AttemptOutcome.ConditionOf(e);
            var duration = time.GetElapsedTime(start);
            if (condition == RetryCondition.ConnectFailure)
                endpoints.Refused(endpoint);
            else if (condition == RetryCondition.AttemptTimeout || duration.TotalMilliseconds > endpoint.Latency.Milliseconds)
                endpoint.Latency.Observe(duration);
            attempt.Failed(AttemptOutcome.NameOf(e, condition), AttemptOutcome.EndOf(condition), duration);

            if (AttemptOutcome.Explain(e, condition, destination, endpoint) is { } explained) throw explained;
            throw;
        }
    }
}
