using Mesh.Api.Discovery;
using Mesh.Proxy.LoadBalancing;
using Mesh.Proxy.Routing;
using Polly;
using Polly.Retry;

namespace Mesh.Proxy.Resilience;

/// <summary>
/// Sends a request again, elsewhere where it can, when the policy lists the failure, the repetition is safe, and the budget has
/// room. It ends with the response's head: what was passed on can't be taken back.
/// </summary>
internal sealed class RetryHandler : DelegatingHandler
{
    private static readonly ResiliencePropertyKey<HttpRequestMessage> RequestKey = new("mesh.request");

    private readonly RetryRules _rules;
    private readonly RetryBudget _budget;
    private readonly ResiliencePipeline<HttpResponseMessage> _pipeline;

    public RetryHandler(RetryRules rules, RetryBudget budget, FullJitterBackoff backoff, TimeProvider time)
    {
        _rules = rules;
        _budget = budget;
        _pipeline = new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions<HttpResponseMessage>
            {
                MaxRetryAttempts = rules.Attempts,
                ShouldHandle = args => ValueTask.FromResult(ShouldRetry(args)),
                DelayGenerator = args => ValueTask.FromResult<TimeSpan?>(backoff.Delay(args.AttemptNumber)),
            })
            .Build();
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        _budget.CountRequest();
        var body = RepeatableBody.Prepare(request, _rules);

        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        context.Properties.Set(RequestKey, request);
        try
        {
            var outcome = await _pipeline.ExecuteOutcomeAsync(
                static (context, state) => state.Handler.AttemptAsync(state.Request, state.Body, context.CancellationToken),
                context,
                (Handler: this, Request: request, Body: body));
            outcome.ThrowIfException();
            return outcome.Result!;
        }
        finally
        {
            body?.EndAttempts();
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private async ValueTask<Outcome<HttpResponseMessage>> AttemptAsync(HttpRequestMessage request, RecordedContent? body, CancellationToken cancellationToken)
    {
        body?.BeginAttempt();
        try
        {
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

    private bool ShouldRetry(RetryPredicateArguments<HttpResponseMessage> args)
    {
        var condition = args.Outcome.Exception is { } failure ? AttemptOutcome.ConditionOf(failure) : AttemptOutcome.ConditionOf(args.Outcome.Result!);
        if (condition == RetryCondition.Unspecified || args.AttemptNumber >= _rules.Attempts || args.Context.CancellationToken.IsCancellationRequested)
            return false;

        var request = args.Context.Properties.GetValue(RequestKey, null!);
        if (!_rules.Allow(condition, request.Method) || !RepeatableBody.CanRepeat(request)) return false;
        var trace = RequestTrace.Of(request);
        if (!_budget.TryWithdraw(_rules.BudgetPercent, _rules.BudgetMinPerSecond))
        {
            trace.BudgetExhausted = true;
            return false;
        }
        if (args.Outcome.Result is { } answer) Attempt.Of(answer)?.Discard();
        trace.AddRetry(trace.Attempts[^1].Outcome);
        return true;
    }
}
