using Mesh.Proxy.CircuitBreaking;
using Mesh.Proxy.LoadBalancing;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Shadow;

/// <summary>The destination's breaker: requests that would have failed fast. Their verdicts don't count, since they would not have been sent.</summary>
internal sealed class ShadowBreaker(Api.Discovery.CircuitBreaker policy, BreakerRules rules, ShadowTally tally, TimeProvider time) : ShadowObserver
{
    private readonly FailureClassifier _classifier = new(policy);
    private readonly Breaker _breaker = new(rules, time);

    public override object? Begin(ShadowedRequest request)
    {
        if (_breaker.TryEnter(out var ticket)) return ticket;
        tally.Count(ShadowEffect.BreakerOpen);
        return null;
    }

    public override void End(ShadowedRequest request, object? state, in AttemptVerdict verdict)
    {
        if (state is not long ticket) return;
        if (_classifier.HasFailed(verdict) is not { } failed) _breaker.Withdraw(ticket);
        else if (_breaker.Record(ticket, failed, verdict.Duration, out _) is BreakerStep.Tripped) _breaker.TryOpen(ticket);
    }
}
