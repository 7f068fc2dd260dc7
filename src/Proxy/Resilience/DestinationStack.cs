using Mesh.Api.Discovery;
using Mesh.Proxy.Forwarding;
using Mesh.Proxy.LoadBalancing;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Resilience;

/// <summary>The way of a request through one destination, put together for one policy.</summary>
internal static class DestinationStack
{
    /// <summary>Outermost first. What a policy doesn't ask for is left out.</summary>
    public static HttpMessageInvoker Build(
        string destination, Policy policy, EndpointSet endpoints, RetryBudget budget, Random random, TimeProvider time) =>
        new(
            Compose(
            [
                RequestTimeout(destination, policy.Timeouts, time),
                Retry(policy.Retries, budget, random, time),
                new PickEndpointHandler(destination, endpoints, EndpointPickers.Create(policy.LoadBalancer.Algorithm, random), time),
                AttemptTimeout(destination, policy.Timeouts, time),
                new EndpointHandler(),
            ]),
            disposeHandler: false);

    private static TimeoutHandler? RequestTimeout(string destination, Timeouts timeouts, TimeProvider time) =>
        timeouts.Request?.ToTimeSpan() is { } timeout
            ? new(timeout, trace => new(MeshErrorCode.RequestTimeout,
                $"{destination} did not answer within timeouts.request ({timeout:g}) in {trace.Attempts.Count} attempts"), time)
            : null;

    private static RetryHandler? Retry(Retries retries, RetryBudget budget, Random random, TimeProvider time) =>
        retries.Attempts > 0
            ? new(new(retries), budget, new(retries.BackoffBase.ToTimeSpan(), retries.BackoffMax.ToTimeSpan(), random), time)
            : null;

    private static TimeoutHandler? AttemptTimeout(string destination, Timeouts timeouts, TimeProvider time) =>
        timeouts.Attempt?.ToTimeSpan() is { } timeout
            ? new(timeout, trace => new(MeshErrorCode.AttemptTimeout,
                $"{destination}: endpoint {trace.Endpoint?.Key} did not answer within timeouts.attempt ({timeout:g})")
            { Condition = RetryCondition.AttemptTimeout }, time)
            : null;

    private static HttpMessageHandler Compose(ReadOnlySpan<HttpMessageHandler?> layers)
    {
        var stack = layers[^1]!;
        for (var i = layers.Length - 2; i >= 0; i--)
        {
            if (layers[i] is not DelegatingHandler layer) continue;
            layer.InnerHandler = stack;
            stack = layer;
        }
        return stack;
    }
}
