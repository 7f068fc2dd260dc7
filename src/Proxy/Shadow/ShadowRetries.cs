using Mesh.Proxy.LoadBalancing;
using Mesh.Proxy.Resilience;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Shadow;

/// <summary>
/// Retries: each failed attempt that the policy would have made again. What would have come of the retry nobody knows, so that each is
/// counted for itself.
/// </summary>
/// <param name="rules">Of the shadow policy.</param>
/// <param name="attemptTimeout">Its timeouts.attempt; null: none.</param>
/// <param name="budget">Its own.</param>
/// <param name="tally">Where they are counted.</param>
internal sealed class ShadowRetries(RetryRules rules, TimeSpan? attemptTimeout, RetryBudget budget, ShadowTally tally) : ShadowObserver
{
    private static readonly object MayRepeat = new();

    public override object? Begin(ShadowedRequest request) => rules.MayRepeat(request.Message) ? MayRepeat : null;

    public override void End(ShadowedRequest request, object? state, in AttemptVerdict verdict)
    {
        var retries = 0;
        foreach (var attempt in request.Trace.Attempts)
        {
            if (retries == rules.Attempts) return;
            if (!IsDue(attempt.Verdict, mayRepeat: state is not null)) continue;
            retries++;
            tally.Count(budget.TryWithdraw(rules.BudgetPercent, rules.BudgetMinPerSecond) ? ShadowEffect.Retry : ShadowEffect.RetryRefused);
        }
    }

    private bool IsDue(in AttemptVerdict attempt, bool mayRepeat)
    {
        var ended = attempt.Duration >= attemptTimeout ? attempt with { End = AttemptEnd.TimedOut, Status = 0, GrpcStatus = null } : attempt;
        return rules.List(ended) && (mayRepeat || AttemptOutcome.NeverArrived(AttemptOutcome.ConditionOf(ended)));
    }
}
