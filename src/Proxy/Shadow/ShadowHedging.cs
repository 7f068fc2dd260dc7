using Mesh.Api.Discovery;
using Mesh.Proxy.LoadBalancing;
using Mesh.Proxy.Resilience;
using Mesh.Proxy.Routing;
using RetryBudget = Mesh.Proxy.Resilience.RetryBudget;

namespace Mesh.Proxy.Shadow;

/// <summary>Hedging: first attempts that took longer than the delay, of requests that may be repeated, as far as the budget goes.</summary>
internal sealed class ShadowHedging(RetryRules rules, Hedging hedging, RetryBudget budget, ShadowTally tally, TimeProvider time) : ShadowObserver
{
    private static readonly object MayRepeat = new();

    private readonly TimeSpan? _fixedDelay = hedging.Delay?.ToTimeSpan();
    private readonly LatencyHistogram _latency = new(time);

    public override object? Begin(ShadowedRequest request) => rules.MayRepeat(request.Message) ? MayRepeat : null;

    public override void End(ShadowedRequest request, object? state, in AttemptVerdict verdict)
    {
        if (state is null || request.Trace.Attempts is not [var first, ..]) return;
        var delay = hedging.Percentile > 0 ? _latency.Percentile(hedging.Percentile) ?? _fixedDelay : _fixedDelay;
        if (first.Duration > delay && budget.TryWithdraw(rules.BudgetPercent, rules.BudgetMinPerSecond)) tally.Count(ShadowEffect.Hedge);
        if (first.Verdict.End == AttemptEnd.Answered) _latency.Observe(first.Duration);
    }
}
