using Google.Protobuf.Collections;
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
        var hedges = policy.Hedging is { Delay: not null } or { Percentile: > 0 };
        var rules = new RetryRules(policy.Retries, hedges);
        return new(
            HandlerStack.Compose(
            [
                Faults(state, policy.Faults),
                Idle(state, policy.Timeouts),
                DestinationBreaker(state, policy.CircuitBreaker),
                new DeadlineHandler(state.Name, policy.Timeouts.Request?.ToTimeSpan(), state.Time),
                rules.Attempts > 0 || hedges ? Retry(state, policy.Retries, rules) : null,
                hedges ? new HedgeHandler(rules, policy.Hedging, state.Latency, state.Budget, state.Time) : null,
                GrpcAnswer(state, rules),
                Bulkhead(state, policy.Concurrency),
                new PickEndpointHandler(state.Name, state.Endpoints, StickyKey.Of(policy.LoadBalancer, state.Proxy.Name), state.Time),
                AttemptTimeout(state, policy.Timeouts),
                new EndpointHandler(),
            ]),
            disposeHandler: false);
    }

    private static DestinationBreakerHandler? DestinationBreaker(DestinationState state, CircuitBreaker? circuitBreaker) =>
        state.Breaker is { } breaker ? new(state.Name, breaker, new(circuitBreaker), state.Time) : null;

    private static FaultHandler? Faults(DestinationState state, RepeatedField<Fault> faults) =>
        faults.Count > 0 ? new(state.Name, faults, state.Random, state.Time) : null;

    private static IdleTimeoutHandler? Idle(DestinationState state, Timeouts timeouts) =>
        timeouts.Idle?.ToTimeSpan() is { } timeout ? new(state.Name, timeout, state.Time) : null;

    private static RetryHandler Retry(DestinationState state, Retries retries, RetryRules rules) =>
        new(rules, state.Budget, new(retries.BackoffBase?.ToTimeSpan() ?? default, retries.BackoffMax?.ToTimeSpan() ?? default, state.Random), state.Time);

    private static GrpcAnswerHandler? GrpcAnswer(DestinationState state, RetryRules rules) =>
        rules is { Attempts: > 0, ListGrpc: true } ? new(rules, state.Time) : null;

    private static BulkheadHandler? Bulkhead(DestinationState state, Concurrency? concurrency) =>
        concurrency is { MaxRequests: > 0 } ? new(state.Name, concurrency, state.Bulkhead.For(concurrency), state.Time) : null;

    private static AttemptTimeoutHandler? AttemptTimeout(DestinationState state, Timeouts timeouts) =>
        timeouts.Attempt?.ToTimeSpan() is { } timeout ? new(state.Name, timeout, state.Time) : null;
}
