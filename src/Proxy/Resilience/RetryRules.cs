using System.Collections.Frozen;
using Mesh.Api.Discovery;

namespace Mesh.Proxy.Resilience;

/// <summary>A policy's retries, made ready for the request path: which failure of which request may be sent again.</summary>
internal sealed class RetryRules(Retries retries)
{
    private readonly FrozenSet<RetryCondition> _conditions = retries.On.ToFrozenSet();
    private readonly FrozenSet<string> _methods = retries.Methods.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Re-sends after the first try.</summary>
    public int Attempts { get; } = (int)retries.Attempts;

    public uint BudgetPercent { get; } = retries.Budget.Percent;

    public uint BudgetMinPerSecond { get; } = retries.Budget.MinPerSecond;

    /// <summary>
    /// Says whether a request may be sent again, as far as its method goes: what never arrived always, what the application may
    /// have seen only with a method that is listed.
    /// </summary>
    public bool Allow(RetryCondition condition, HttpMethod method) =>
        Lists(condition) && (AttemptOutcome.NeverArrived(condition) || _methods.Contains(method.Method));

    /// <summary>Says whether a retry could come after the body, or a part of it, was sent. A connect failure never does.</summary>
    public bool MayRepeatBodyOf(HttpRequestMessage request) =>
        (_conditions.Contains(RetryCondition.RefusedStream) && request.Version.Major >= 2)
        || (_methods.Contains(request.Method.Method) && _conditions.Any(condition => !AttemptOutcome.NeverArrived(condition)));

    private bool Lists(RetryCondition condition) =>
        _conditions.Contains(condition) || (condition == RetryCondition.GatewayError && _conditions.Contains(RetryCondition.ServerError));
}
