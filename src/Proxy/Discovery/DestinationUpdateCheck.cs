using System.Globalization;
using System.Net;
using Google.Protobuf.WellKnownTypes;
using Mesh.Api.Discovery;

namespace Mesh.Proxy.Discovery;

/// <summary>Says whether this proxy can use an update: an operator of another version may say what it doesn't understand.</summary>
internal static class DestinationUpdateCheck
{
    /// <returns>What was found and what was expected, for the operator to report; null where the update can be used.</returns>
    public static string? Problem(DestinationUpdate update, ulong currentVersion)
    {
        if (update.Version == 0) return "version: found 0, expected a hash";
        if (update.BaseVersion != 0 && update.BaseVersion != currentVersion)
            return string.Create(CultureInfo.InvariantCulture, $"base_version: found {update.BaseVersion:x16}, expected {currentVersion:x16}");
        if (update.BaseVersion == 0 && update.Policy is null) return "policy: found nothing, expected a policy with a whole destination";

        foreach (var endpoint in update.Endpoints)
        {
            if (Problem(endpoint) is { } problem) return problem;
        }
        return update.Policy is { } policy ? Problem(policy.Timeouts) ?? Problem(policy.Retries) ?? Problem(policy.LoadBalancer) ?? Problem(policy.CircuitBreaker)
            ?? Problem(policy.RateLimit) ?? Problem(policy.Concurrency?.Adaptive) : null;
    }

    private static string? Problem(Api.Discovery.Endpoint endpoint) =>
        !IPAddress.TryParse(endpoint.Address, out _) ? $"endpoints.address: found {Quote(endpoint.Address)}, expected an IP address"
        : endpoint.Port is 0 or > ushort.MaxValue ? $"endpoints.port of {endpoint.Address}: found {endpoint.Port}, expected 1 to 65535"
        : null;

    private static string? Problem(Timeouts? timeouts) =>
        timeouts is null ? "policy.timeouts: found nothing"
        : timeouts.Connect is null ? "policy.timeouts.connect: found nothing, expected a duration"
        : Problem("policy.timeouts.connect", timeouts.Connect, canBeZero: false)
          ?? Problem("policy.timeouts.request", timeouts.Request, canBeZero: false)
          ?? Problem("policy.timeouts.attempt", timeouts.Attempt, canBeZero: false);

    private static string? Problem(Retries? retries)
    {
        if (retries is null) return "policy.retries: found nothing";
        if (retries.Attempts == 0) return null;
        if (retries.Attempts > int.MaxValue) return $"policy.retries.attempts: found {retries.Attempts}, expected at most {int.MaxValue}";
        foreach (var condition in retries.On)
        {
            if (condition is < RetryCondition.ConnectFailure or > RetryCondition.AttemptTimeout)
                return $"policy.retries.on: found {(int)condition}, which this version of the proxy doesn't know";
        }
        return retries.BackoffBase is null || retries.BackoffMax is null ? "policy.retries: found no backoff, expected backoff_base and backoff_max"
            : Problem("policy.retries.backoff_base", retries.BackoffBase, canBeZero: true)
              ?? Problem("policy.retries.backoff_max", retries.BackoffMax, canBeZero: true)
              ?? (retries.Budget is null ? "policy.retries.budget: found nothing"
                  : retries.Budget.Percent > 100 ? $"policy.retries.budget.percent: found {retries.Budget.Percent}, expected 0 to 100"
                  : null);
    }

    private static string? Problem(LoadBalancer? loadBalancer) =>
        loadBalancer is null ? "policy.load_balancer: found nothing"
        : loadBalancer.Algorithm is < LoadBalancerAlgorithm.PeakEwma or > LoadBalancerAlgorithm.Maglev
            ? $"policy.load_balancer.algorithm: found {(int)loadBalancer.Algorithm}, which this version of the proxy doesn't know"
            : Problem("policy.load_balancer.slow_start", loadBalancer.SlowStart, canBeZero: true);

    private static string? Problem(CircuitBreaker? circuitBreaker) =>
        Problem("policy.circuit_breaker.endpoint", circuitBreaker?.Endpoint) ?? Problem("policy.circuit_breaker.destination", circuitBreaker?.Destination);

    private static string? Problem(string field, Breaker? breaker) =>
        Problem($"{field}.slow_call_duration", breaker?.SlowCallDuration, canBeZero: true)
        ?? Problem($"{field}.window", breaker?.Window, canBeZero: true)
        ?? Problem($"{field}.open_for", breaker?.OpenFor, canBeZero: true)
        ?? Problem($"{field}.open_for_max", breaker?.OpenForMax, canBeZero: true);

    private static string? Problem(RateLimit? limit) =>
        Problem("policy.rate_limit.total", limit?.Total) ?? Problem("policy.rate_limit.caller", limit?.Caller) ?? Problem("policy.rate_limit.header", limit?.Header)
        ?? (limit is { Header: not null, HeaderName: "" } ? "policy.rate_limit.header_name: found nothing, expected a header's name" : null);

    private static string? Problem(string field, TokenBucket? bucket) =>
        bucket is null ? null
        : bucket.Requests == 0 ? $"{field}.requests: found 0, expected at least 1"
        : bucket.Per is null ? $"{field}.per: found nothing, expected a duration"
        : Problem($"{field}.per", bucket.Per, canBeZero: false);

    private static string? Problem(AdaptiveConcurrency? adaptive) =>
        adaptive is null || (adaptive.MinLimit >= 1 && adaptive.MaxLimit >= adaptive.MinLimit && adaptive.MaxLimit <= int.MaxValue) ? null
        : $"policy.concurrency.adaptive: found {adaptive.MinLimit} to {adaptive.MaxLimit}, expected min_limit from 1 to max_limit";

    // The upper bound is what timers take: 2^32 - 2 milliseconds, 49 days.
    private static string? Problem(string field, Duration? duration, bool canBeZero) =>
        duration is null ? null
        : duration.Seconds is < 0 or >= 49 * 24 * 3600 || duration.Nanos is < 0 or >= 1_000_000_000 || (!canBeZero && duration is { Seconds: 0, Nanos: < 1_000_000 })
            ? string.Create(CultureInfo.InvariantCulture, $"{field}: found {duration.Seconds}.{duration.Nanos:D9}s, expected {(canBeZero ? "0" : "1ms")} to 49 days")
            : null;

    private static string Quote(string text) => text.Length == 0 ? "nothing" : $"\"{text}\"";
}
