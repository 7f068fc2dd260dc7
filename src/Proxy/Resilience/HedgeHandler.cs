using System.Diagnostics.CodeAnalysis;
using Mesh.Api.Discovery;
using Mesh.Proxy.LoadBalancing;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Sockets;

namespace Mesh.Proxy.Resilience;

/// <summary>
/// Sends a request a second time, elsewhere, when the first attempt has not been answered after a delay, and takes the first answer
/// that is no failure. The other attempt is cancelled. Once a request; for requests that may be repeated; paid from the retry budget.
/// </summary>
/// <remarks>
/// Not Polly's hedging, which takes the winner's token back when the head arrives, while the body still needs it; see
/// docs/decisions/hedging.md.
/// </remarks>
internal sealed class HedgeHandler(RetryRules rules, Hedging hedging, LatencyHistogram latency, RetryBudget budget, TimeProvider time) : DelegatingHandler
{
    private readonly TimeSpan? _fixedDelay = hedging.Delay?.ToTimeSpan();

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        rules.MayRepeat(request) && !IsUpgrade(request) ? SendHedgedAsync(request, cancellationToken) : base.SendAsync(request, cancellationToken);

    private async Task<HttpResponseMessage> SendHedgedAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var trace = RequestTrace.Of(request);
        var first = Start(request, cancellationToken);
        var delay = trace.Hedged ? null : Delay();
        if (delay is { } patience) await EndsOrTakesAsync(first.Answer, patience);
        if (delay is null || first.Answer.IsCompleted || HedgeOf(request, trace) is not { } hedge)
        {
            var only = await first.Answer;
            Observe(first);
            return only;
        }
        trace.Hedged = true;
        var second = Start(hedge, cancellationToken);
        var winner = await RaceAsync(first, second);
        trace.HedgeWon = winner == second && IsGood(second.Answer);
        Observe(first);
        (winner == first ? second : first).GiveUp();
        return await winner.Answer;
    }

    private TimeSpan? Delay() => hedging.Percentile > 0 ? latency.Percentile(hedging.Percentile) ?? _fixedDelay : _fixedDelay;

    private Runner Start(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var runner = new Runner(time.GetTimestamp(), cancellationToken);
        runner.Answer = base.SendAsync(request, runner.Token);
        return runner;
    }

    // What the client waits for goes on where the request was, on its loop; a timer fires elsewhere.
    private async ValueTask EndsOrTakesAsync(Task answer, TimeSpan delay)
    {
        var loop = EventLoop.Current;
        await answer.WaitAsync(delay, time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (loop is not null) await loop.SwitchAsync();
    }

    /// <returns>The request to send; null where its body is not here, or the budget has no room.</returns>
    private HttpRequestMessage? HedgeOf(HttpRequestMessage request, RequestTrace trace)
    {
        if (!RepeatableRequest.TryCopy(request, out var copy)) return null;
        if (budget.TryWithdraw(rules.BudgetPercent, rules.BudgetMinPerSecond)) return copy;
        trace.BudgetExhausted = true;
        return null;
    }

    /// <summary>The first that has a good answer; where none has, the one that ended last.</summary>
    private async Task<Runner> RaceAsync(Runner first, Runner second)
    {
        var ended = await Task.WhenAny(first.Answer, second.Answer) == first.Answer ? first : second;
        if (IsGood(ended.Answer)) return ended;
        var other = ended == first ? second : first;
        await Task.WhenAny(other.Answer);
        // A place in the bulkhead that the hedge did not get says less than how the first attempt failed.
        return IsGood(other.Answer) || !IsRefused(other.Answer) ? other : ended;
    }

    // What lost had taken at least this long.
    private void Observe(Runner first)
    {
        if (!first.Answer.IsCompleted || IsGood(first.Answer)) latency.Observe(time.GetElapsedTime(first.Started));
    }

    private bool IsGood(Task<HttpResponseMessage> answer)
    {
        if (!answer.IsCompletedSuccessfully || IsRefused(answer)) return false;
        var condition = AttemptOutcome.ConditionOf(answer.Result);
        return condition == RetryCondition.Unspecified && !rules.List(condition, answer.Result);
    }

    private static bool IsRefused(Task<HttpResponseMessage> answer) => answer is { IsCompletedSuccessfully: true, Result: RefusedResponse };

    private static bool IsUpgrade(HttpRequestMessage request) => request is not ReceivedRequest && (request.Headers.Protocol is not null || request.Headers.NonValidated.Contains("Upgrade"));

    /// <summary>An attempt under way. Its token lives as long as the answer's body, and then is dropped with the client's.</summary>
    [SuppressMessage("Reliability", "CA1001", Justification = "Nobody knows when the answer's body has ended; a source without timer or wait handle is memory only.")]
    private sealed class Runner
    {
        private readonly CancellationTokenSource _source = new();

        public Runner(long started, CancellationToken client)
        {
            Started = started;
            client.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _source);
        }

        public long Started { get; }

        public CancellationToken Token => _source.Token;

        public Task<HttpResponseMessage> Answer { get; set; } = null!;

        /// <summary>Nobody waits for it any more. Whatever comes of it is let go of.</summary>
        public void GiveUp()
        {
            _ = DiscardAsync();
            _source.Cancel();
        }

        private async Task DiscardAsync()
        {
            try
            {
                using var answer = await Answer;
                Attempt.Of(answer)?.Discard();
            }
            catch
            {
                // Whatever it is, it has been written down where it was sent, and concerns nobody any more.
            }
        }
    }
}
