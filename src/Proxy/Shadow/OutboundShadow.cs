using Mesh.Api.Discovery;
using Mesh.Proxy.CircuitBreaking;
using Mesh.Proxy.Forwarding;
using Mesh.Proxy.LoadBalancing;
using Mesh.Proxy.Routing;
using RetryBudget = Mesh.Proxy.Resilience.RetryBudget;

namespace Mesh.Proxy.Shadow;

/// <summary>What a destination's shadow policy watches for at the client's side, put together where it differs from the policy in force.</summary>
internal sealed class OutboundShadow
{
    private readonly ShadowObserver[] _observers;
    private readonly ShadowIdleHandler? _idle;
    private readonly ShadowEjections? _ejections;
    private readonly ShadowTally _tally;
    private readonly TimeProvider _time;

    public OutboundShadow(ShadowPolicy shadow, Policy inForce, Random random, TimeProvider time)
    {
        var (policy, tally) = (shadow.Policy, shadow.Tally);
        (_tally, _time) = (tally, time);
        var budget = new RetryBudget(time);
        var retries = RetriesOf(policy, inForce, budget, tally);
        var hedging = HedgingOf(policy, inForce, budget, tally, time);
        _ejections = EjectionsOf(policy.CircuitBreaker, inForce.CircuitBreaker, tally, time);
        _idle = IdleOf(policy.Timeouts, inForce.Timeouts, tally, time);
        _observers =
        [
            .. new ShadowObserver?[]
            {
                policy.Faults.Count == 0 || policy.Faults.Equals(inForce.Faults) ? null : new ShadowFaults(new(policy.Faults, random), tally),
                ShadowTimeouts.Of(policy.Timeouts, inForce.Timeouts, tally),
                retries is null && hedging is null ? null : new ShadowBudget(budget),
                retries,
                hedging,
                BreakerOf(policy.CircuitBreaker, inForce.CircuitBreaker, tally, time),
                BulkheadOf(policy.Concurrency, inForce.Concurrency, tally),
                _ejections,
            }.OfType<ShadowObserver>(),
        ];
    }

    /// <summary>Puts the observers over a stack; the stack as it is where there is nothing to watch for.</summary>
    public HttpMessageInvoker Over(HttpMessageInvoker stack) => _observers.Length == 0 && _idle is null
        ? stack
        : new(HandlerStack.Compose([new ShadowHandler(_observers, _tally, _time), _idle, new InvokingHandler(stack)]), disposeHandler: false);

    /// <summary>The destination has these endpoints from now on.</summary>
    public void Replace(IReadOnlyList<LiveEndpoint> endpoints) => _ejections?.Replace(endpoints);

    private static ShadowRetries? RetriesOf(Policy policy, Policy inForce, RetryBudget budget, ShadowTally tally) =>
        policy.Retries is not { Attempts: > 0 } retries || retries.Equals(inForce.Retries)
            ? null
            : new(new(retries), policy.Timeouts?.Attempt?.ToTimeSpan(), budget, tally);

    private static ShadowHedging? HedgingOf(Policy policy, Policy inForce, RetryBudget budget, ShadowTally tally, TimeProvider time) =>
        policy.Hedging is not { } hedging || hedging.Equals(inForce.Hedging) ? null : new(new(policy.Retries), hedging, budget, tally, time);

    private static ShadowIdleHandler? IdleOf(Timeouts? shadow, Timeouts? inForce, ShadowTally tally, TimeProvider time) =>
        shadow?.Idle is not { } idle || idle.Equals(inForce?.Idle) ? null : new(idle.ToTimeSpan(), tally, time);

    private static ShadowEjections? EjectionsOf(CircuitBreaker? shadow, CircuitBreaker? inForce, ShadowTally tally, TimeProvider time) =>
        shadow is null || BreakerRules.Of(shadow.Endpoint) is null || shadow.Equals(inForce) ? null : new(shadow, tally, time);

    private static ShadowBreaker? BreakerOf(CircuitBreaker? shadow, CircuitBreaker? inForce, ShadowTally tally, TimeProvider time) =>
        shadow is null || BreakerRules.Of(shadow.Destination) is not { } rules || shadow.Equals(inForce) ? null : new(shadow, rules, tally, time);

    private static ShadowBulkhead? BulkheadOf(Concurrency? shadow, Concurrency? inForce, ShadowTally tally) =>
        shadow is not { MaxRequests: > 0 } || (shadow.MaxRequests, shadow.QueueLength) == (inForce?.MaxRequests, inForce?.QueueLength)
            ? null
            : new((long)shadow.MaxRequests + shadow.QueueLength, tally);
}
