using Mesh.Api.Discovery;
using Mesh.Proxy.Forwarding;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Resilience;

/// <summary>The way of a request through one destination, put together for one policy.</summary>
internal static class DestinationStack
{
    /// <summary>Outermost first. What a policy doesn't ask for is left out.</summary>
    public static HttpMessageInvoker Build(DestinationState state, Policy policy)
    {
        var rules = new RetryRules(policy.Retries);
        return new(
            HandlerStack.Compose(
            [
                DestinationBreaker(state, policy.CircuitBreaker),
                new DeadlineHandler(state.Name, policy.Timeouts.Request?.ToTimeSpan(), state.Time),
                Retry(state, policy.Retries, rules),
                GrpcAnswer(state, rules),
                new PickEndpointHandler(state.Name, state.Endpoints, StickyKey.Of(policy.LoadBalancer, state.Proxy.Name), state.Time),
                AttemptTimeout(state, policy.Timeouts),
                new EndpointHandler(),
            ]),
            disposeHandler: false);
    }

    private static DestinationBreakerHandler? DestinationBreaker(DestinationState state, CircuitBreaker? circuitBreaker) =>
        state.Breaker is { } breaker ? new(state.Name, breaker, new(circuitBreaker), state.Time) : null;

    private static RetryHandler? Retry(DestinationState state, Retries retries, RetryRules rules) =>
        retries.Attempts > 0
            ? new(rules, state.Budget, new(retries.BackoffBase.ToTimeSpan(), retries.BackoffMax.ToTimeSpan(), state.Random), state.Time)
            : null;

    private static GrpcAnswerHandler? GrpcAnswer(DestinationState state, RetryRules rules) =>
        rules is { Attempts: > 0, ListGrpc: true } ? new(rules, state.Time) : null;

    private static AttemptTimeoutHandler? AttemptTimeout(DestinationState state, Timeouts timeouts) =>
        timeouts.Attempt?.ToTimeSpan() is { } timeout ? new(state.Name, timeout, state.Time) : null;
}
