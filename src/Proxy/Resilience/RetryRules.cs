using System.Collections.Frozen;
using Mesh.Api.Discovery;
using Mesh.Proxy.LoadBalancing;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Resilience;

/// <summary>A policy's retries, made ready for the request path: which failure of which request may be sent again.</summary>
/// <param name="retries">Of the policy.</param>
/// <param name="hedges">Whether a request may be sent twice for another reason than a failure.</param>
internal sealed class RetryRules(Retries retries, bool hedges = false)
{
    // draft-ietf-httpapi-idempotency-key-header: the application tells a repetition by it.
    private const string IdempotencyKey = "Idempotency-Key";

    private readonly FrozenSet<RetryCondition> _conditions = retries.On.ToFrozenSet();
    private readonly FrozenSet<string> _methods = retries.Methods.ToFrozenSet(StringComparer.Ordinal);
    private readonly FrozenSet<int> _statuses = retries.StatusCodes.Select(code => (int)code).ToFrozenSet();
    private readonly FrozenSet<int> _grpcCodes = retries.GrpcCodes.Select(code => (int)code).ToFrozenSet();

    /// <summary>Re-sends after the first try.</summary>
    public int Attempts { get; } = (int)retries.Attempts;

    public uint BudgetPercent { get; } = retries.Budget?.Percent ?? 0;

    public uint BudgetMinPerSecond { get; } = retries.Budget?.MinPerSecond ?? 0;

    /// <summary>A gRPC status can be a reason, which may not come before the trailers.</summary>
    public bool ListGrpc => _grpcCodes.Count > 0 || _conditions.Contains(RetryCondition.GatewayError) || _conditions.Contains(RetryCondition.ServerError);

    /// <summary>Says whether the policy lists a failure.</summary>
    /// <param name="condition">What the failure meets; unspecified where it is none by itself.</param>
    /// <param name="answer">Null where there was none.</param>
    public bool List(RetryCondition condition, HttpResponseMessage? answer) =>
        _conditions.Contains(condition)
        || (condition == RetryCondition.GatewayError && _conditions.Contains(RetryCondition.ServerError))
        || (answer is not null && (_statuses.Contains((int)answer.StatusCode)
            || (_grpcCodes.Count > 0 && AttemptOutcome.GrpcStatusOf(answer) is { } status && _grpcCodes.Contains((int)status))));

    /// <summary>Says whether the policy lists what an attempt came to.</summary>
    public bool List(in AttemptVerdict attempt)
    {
        var condition = AttemptOutcome.ConditionOf(attempt);
        return _conditions.Contains(condition)
            || (condition == RetryCondition.GatewayError && _conditions.Contains(RetryCondition.ServerError))
            || (attempt.End is AttemptEnd.Answered or AttemptEnd.Shed && (_statuses.Contains(attempt.Status) || (attempt.GrpcStatus is { } code && _grpcCodes.Contains(code))));
    }

    /// <summary>
    /// Says whether a request may be sent again: what never arrived always, what the application may have seen only where it says
    /// itself that a repetition does no harm, by its method or its key.
    /// </summary>
    public bool MayRepeat(HttpRequestMessage request, RetryCondition condition) => AttemptOutcome.NeverArrived(condition) || MayRepeat(request);

    /// <summary>Says whether a request may be sent again though the application may have seen it.</summary>
    public bool MayRepeat(HttpRequestMessage request) =>
        _methods.Contains(request.Method.Method)
        || (MessageFields.TryGet(request, IdempotencyKey, out var key) && MessageFields.Line(key).Length > 0);

    /// <summary>
    /// Says whether a retry could come after the body, or a part of it, was sent. After a connect failure it can: where the endpoint's sidecar
    /// has taken the body in and then says that it can't reach the application.
    /// </summary>
    public bool MayRepeatBodyOf(HttpRequestMessage request) =>
        _conditions.Contains(RetryCondition.ConnectFailure)
        || (_conditions.Contains(RetryCondition.RefusedStream) && request.Version.Major >= 2)
        || ((hedges || _statuses.Count > 0 || _grpcCodes.Count > 0 || _conditions.Any(condition => !AttemptOutcome.NeverArrived(condition))) && MayRepeat(request));
}
