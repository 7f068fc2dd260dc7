using System.Runtime.CompilerServices;
using Mesh.Api.Discovery;
using Mesh.Proxy.Forwarding;
using Mesh.Proxy.LoadBalancing;
using Mesh.Proxy.Routing;
using Polly;
using Polly.Retry;

namespace Mesh.Proxy.Resilience;

/// <summary>
/// Sends a request again, elsewhere where it can, when the policy lists the failure, the repetition is safe, no hop below has
/// retried it already, there is time, and the budget has room. It ends with the response's head: what was passed on can't be taken
/// back. A failure that it passes on after its own retries is marked, so that no hop above retries it.
/// </summary>
internal sealed class RetryHandler : DelegatingHandler
{
    // Where no deadline says how long the client will wait, an answer that asks for more is the client's to deal with.
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    private static readonly ResiliencePropertyKey<HttpRequestMessage> RequestKey = new("mesh.request");
    private static readonly ResiliencePropertyKey<TimeSpan> DelayKey = new("mesh.delay");

    private readonly RetryRules _rules;
    private readonly RetryBudget _budget;
    private readonly FullJitterBackoff _backoff;
    private readonly TimeProvider _time;
    private readonly ResiliencePipeline<HttpResponseMessage> _pipeline;

    public RetryHandler(RetryRules rules, RetryBudget budget, FullJitterBackoff backoff, TimeProvider time)
    {
        (_rules, _budget, _backoff, _time) = (rules, budget, backoff, time);
        _pipeline = new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions<HttpResponseMessage>
            {
                MaxRetryAttempts = Math.Max(rules.Attempts, 1),
                ShouldHandle = args => ValueTask.FromResult(ShouldRetry(args)),
                DelayGenerator = args => ValueTask.FromResult<TimeSpan?>(args.Context.Properties.GetValue(DelayKey, default)),
            })
            .Build();
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        _budget.CountRequest();
        var body = RepeatableBody.Prepare(request, _rules);
        try
        {
            // Most requests end with their first attempt, and do without the pipeline and without the state of AttemptAsync and of who picks.
            Outcome<HttpResponseMessage> first;
            var pick = InnerHandler as PickEndpointHandler;
            Attempt? attempt = null;
            body?.BeginAttempt();
            try
            {
                cancellationToken.ThrowIfCancellationRequested();
                attempt = pick?.Begin(request);
                var response = await new DirectAwait<HttpResponseMessage>(pick is null ? base.SendAsync(request, cancellationToken) : pick.ForwardAsync(request, cancellationToken));
                if (attempt is not null) pick!.End(attempt, request, response);
                first = Outcome.FromResult(response);
            }
            catch (Exception e)
            {
                first = Outcome.FromException<HttpResponseMessage>(attempt is null ? e : pick!.Fail(attempt, request, e));
            }
            finally
            {
                body?.EndAttempt();
            }
            var outcome = IsListed(first) ? await RetryAsync(first, request, body, cancellationToken) : first;
            outcome.ThrowIfException();
            var answer = outcome.Result!;
            if (RequestTrace.Of(request).RetriesExhausted) RetryMark.PutOn(answer);
            return answer;
        }
        finally
        {
            body?.EndAttempts();
        }
    }

    // The pipeline's first attempt has been made when it is entered.
    private async ValueTask<Outcome<HttpResponseMessage>> RetryAsync(
        Outcome<HttpResponseMessage> first, HttpRequestMessage request, RecordedContent? body, CancellationToken cancellationToken)
    {
        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        context.Properties.Set(RequestKey, request);
        var isFirst = true;
        try
        {
            return await _pipeline.ExecuteOutcomeAsync(
                (attempt, handler) =>
                {
                    if (!isFirst) return handler.AttemptAsync(request, body, attempt.CancellationToken);
                    isFirst = false;
                    return new(first);
                },
                context, this);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Outcome<HttpResponseMessage>> AttemptAsync(HttpRequestMessage request, RecordedContent? body, CancellationToken cancellationToken)
    {
        body?.BeginAttempt();
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            return Outcome.FromResult(await base.SendAsync(request, cancellationToken));
        }
        catch (Exception e)
        {
            return Outcome.FromException<HttpResponseMessage>(e);
        }
        finally
        {
            body?.EndAttempt();
        }
    }

    private bool IsListed(in Outcome<HttpResponseMessage> outcome) => _rules.Attempts > 0 && _rules.List(ConditionOf(outcome), outcome.Result);

    private static RetryCondition ConditionOf(in Outcome<HttpResponseMessage> outcome) =>
        outcome.Result is { } answer ? AttemptOutcome.ConditionOf(answer) : AttemptOutcome.ConditionOf(outcome.Exception!);

    private bool ShouldRetry(RetryPredicateArguments<HttpResponseMessage> args)
    {
        var answer = args.Outcome.Result;
        if (!IsListed(args.Outcome) || args.Context.CancellationToken.IsCancellationRequested) return false;

        var request = args.Context.Properties.GetValue(RequestKey, null!);
        var trace = RequestTrace.Of(request);
        trace.RetriesExhausted = trace.Retries.Count > 0;
        if (answer is not null && AttemptOutcome.IsExhausted(answer)) return false;
        var condition = ConditionOf(args.Outcome);
        if (!_rules.MayRepeat(request, condition) || !RepeatableBody.CanRepeat(request, answer is not null)) return false;

        trace.RetriesExhausted = !CanRetry(answer, args.AttemptNumber, trace, out var delay);
        if (trace.RetriesExhausted) return false;
        trace.AddRetry(answer is null ? AttemptOutcome.NameOf(args.Outcome.Exception!, condition) : AttemptOutcome.NameOf(answer));
        if (answer is not null) Attempt.Of(answer)?.Discard();
        args.Context.Properties.Set(DelayKey, delay);
        return true;
    }

    /// <summary>Says whether there is a retry left, the time for it, and room in the budget, in this order: the budget is taken from.</summary>
    private bool CanRetry(HttpResponseMessage? answer, int retries, RequestTrace trace, out TimeSpan delay)
    {
        delay = default;
        if (retries >= _rules.Attempts) return false;
        delay = _backoff.Delay(retries);
        if (answer is not null && RetryAfter.Of(answer, _time.GetUtcNow()) is var asked && asked > delay) delay = asked;
        if (delay >= (trace.Deadline is { } deadline ? _time.GetElapsedTime(_time.GetTimestamp(), deadline) : LongestWait)) return false;
        if (_budget.TryWithdraw(_rules.BudgetPercent, _rules.BudgetMinPerSecond)) return true;
        trace.BudgetExhausted = true;
        return false;
    }
}
