using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Mesh.Api.Discovery;

namespace Mesh.Proxy.Discovery;

/// <summary>
/// Says whether this proxy can do what a policy asks: values that it knows, numbers that its state can be sized by, durations that
/// timers take. A message that is unset is an older operator's and stands for nothing asked.
/// </summary>
internal static class PolicyCheck
{
    // Beyond what a CRD allows, and still no harm to memory or arithmetic.
    private const uint MostInFlight = 1_000_000;
    private const int MostRules = 256;

    /// <returns>What was found and what was expected; null where the policy can be used.</returns>
    public static string? Problem(string path, Policy policy) =>
        Problem($"{path}.timeouts", policy.Timeouts)
        ?? Problem($"{path}.retries", policy.Retries)
        ?? Problem($"{path}.hedging", policy.Hedging)
        ?? Problem($"{path}.circuit_breaker", policy.CircuitBreaker)
        ?? Problem($"{path}.concurrency", policy.Concurrency)
        ?? Problem($"{path}.rate_limit", policy.RateLimit)
        ?? Problem($"{path}.load_balancer", policy.LoadBalancer)
        ?? (policy.Faults.Count > MostRules ? Range($"{path}.faults", (uint)policy.Faults.Count, 0, MostRules) : First(policy.Faults, fault => Problem($"{path}.faults", fault)));

    private static string? Problem(string path, Timeouts? timeouts) =>
        timeouts is null ? $"{path}: found nothing"
        : timeouts.Connect is null ? $"{path}.connect: found nothing, expected a duration"
        : Time($"{path}.connect", timeouts.Connect)
          ?? Time($"{path}.request", timeouts.Request)
          ?? Time($"{path}.attempt", timeouts.Attempt)
          ?? Time($"{path}.idle", timeouts.Idle);

    private static string? Problem(string path, Retries? retries)
    {
        if (retries is null) return $"{path}: found nothing";
        if (retries.Attempts == 0) return null;
        if (retries.Attempts > int.MaxValue) return $"{path}.attempts: found {retries.Attempts}, expected at most {int.MaxValue}";
        return First(retries.On, condition => condition is < RetryCondition.ConnectFailure or > RetryCondition.AttemptTimeout ? Unknown($"{path}.on", (int)condition) : null)
            ?? First(retries.StatusCodes, code => Range($"{path}.status_codes", code, 400, 599))
            ?? First(retries.GrpcCodes, code => Range($"{path}.grpc_codes", code, 1, 16))
            ?? (retries.BackoffBase is null || retries.BackoffMax is null ? $"{path}: found no backoff, expected backoff_base and backoff_max" : null)
            ?? Time($"{path}.backoff_base", retries.BackoffBase, canBeZero: true)
            ?? Time($"{path}.backoff_max", retries.BackoffMax, canBeZero: true)
            ?? (retries.Budget is null ? $"{path}.budget: found nothing" : Range($"{path}.budget.percent", retries.Budget.Percent, 0, 100));
    }

    private static string? Problem(string path, Hedging? hedging) =>
        hedging is null ? null
        : hedging is { Delay: null, Percentile: 0 } ? $"{path}: found neither delay nor percentile"
        : Time($"{path}.delay", hedging.Delay) ?? (hedging.Percentile == 0 ? null : Range($"{path}.percentile", hedging.Percentile, 50, 99));

    private static string? Problem(string path, CircuitBreaker? breaker) =>
        breaker is null ? null
        : First(breaker.FailureStatuses, range => Range($"{path}.failure_statuses.from", range.From, 100, 599) ?? Range($"{path}.failure_statuses.to", range.To, range.From, 599))
          ?? First(breaker.FailureGrpcCodes, code => Range($"{path}.failure_grpc_codes", code, 1, 16))
          ?? Problem($"{path}.endpoint", breaker.Endpoint)
          ?? Problem($"{path}.destination", breaker.Destination)
          ?? Range($"{path}.max_ejected_percent", breaker.MaxEjectedPercent, 0, 100)
          ?? Range($"{path}.panic_percent", breaker.PanicPercent, 0, 100);

    private static string? Problem(string path, Breaker? breaker)
    {
        if (breaker is null or { ConsecutiveFailures: 0, FailurePercent: 0, SlowCallPercent: 0 }) return null;
        return Range($"{path}.failure_percent", breaker.FailurePercent, 0, 100)
            ?? Range($"{path}.slow_call_percent", breaker.SlowCallPercent, 0, 100)
            ?? Time($"{path}.slow_call_duration", breaker.SlowCallDuration, canBeZero: true)
            ?? Time($"{path}.window", breaker.Window, canBeZero: true)
            ?? Time($"{path}.open_for", breaker.OpenFor, canBeZero: true)
            ?? Time($"{path}.open_for_max", breaker.OpenForMax, canBeZero: true);
    }

    private static string? Problem(string path, Concurrency? concurrency) =>
        concurrency is null ? null
        : Range($"{path}.max_requests", concurrency.MaxRequests, 0, MostInFlight)
          ?? Range($"{path}.queue_length", concurrency.QueueLength, 0, MostInFlight)
          ?? Time($"{path}.queue_timeout", concurrency.QueueTimeout)
          ?? Problem($"{path}.adaptive", concurrency.Adaptive)
          ?? Range($"{path}.priorities", (uint)concurrency.Priorities.Count, 0, MostRules)
          ?? First(concurrency.Priorities, rule => rule.Priority is < -100 or > 100 ? $"{path}.priorities.priority: found {rule.Priority}, expected -100 to 100" : Problem($"{path}.priorities.match", rule.Match));

    private static string? Problem(string path, AdaptiveConcurrency? adaptive) =>
        adaptive is null ? null
        : adaptive.MinLimit >= 1 && adaptive.MinLimit <= adaptive.MaxLimit && adaptive.MaxLimit <= MostInFlight ? null
        : string.Create(CultureInfo.InvariantCulture, $"{path}: found {adaptive.MinLimit} to {adaptive.MaxLimit}, expected 1 or more to at most {MostInFlight}");

    private static string? Problem(string path, RateLimit? limit) =>
        limit is null ? null
        : Problem($"{path}.total", limit.Total)
          ?? Problem($"{path}.caller", limit.Caller)
          ?? Problem($"{path}.header", limit.Header)
          ?? (limit.Header is not null && limit.HeaderName.Length == 0 ? $"{path}.header_name: found nothing, expected a header's name" : null);

    private static string? Problem(string path, TokenBucket? bucket) =>
        bucket is null ? null
        : Range($"{path}.requests", bucket.Requests, 1, MostInFlight) ?? Required($"{path}.per", bucket.Per) ?? Range($"{path}.burst", bucket.Burst, 1, MostInFlight);

    private static string? Problem(string path, LoadBalancer? balancer) =>
        balancer is null ? $"{path}: found nothing"
        : balancer.Algorithm is < LoadBalancerAlgorithm.PeakEwma or > LoadBalancerAlgorithm.Maglev ? Unknown($"{path}.algorithm", (int)balancer.Algorithm)
        : balancer.Algorithm is LoadBalancerAlgorithm.RingHash or LoadBalancerAlgorithm.Maglev && balancer.Hash is null or { KeyCase: HashKey.KeyOneofCase.None }
            ? $"{path}.hash: found nothing, expected what {balancer.Algorithm} goes by"
        : balancer.Zone is < ZonePreference.Unspecified or > ZonePreference.Prefer ? Unknown($"{path}.zone", (int)balancer.Zone)
        : Time($"{path}.slow_start", balancer.SlowStart, canBeZero: true);

    private static string? Problem(string path, Fault fault) =>
        Range($"{path}.share", fault.Share, 0, 10_000)
        ?? Problem($"{path}.match", fault.Match)
        ?? Time($"{path}.delay", fault.Delay)
        ?? fault.AbortCase switch
        {
            Fault.AbortOneofCase.Status => Range($"{path}.status", fault.Status, 400, 599),
            Fault.AbortOneofCase.GrpcCode => Range($"{path}.grpc_code", fault.GrpcCode, 1, 16),
            _ => null,
        };

    private static string? Problem(string path, RequestMatch? match) =>
        match is null ? null
        : UnknownFields.AreIn(match) ? $"{path}: found fields that this version of the proxy doesn't know"
        : match.Header is { Name.Length: 0 } ? $"{path}.header.name: found nothing, expected a header's name"
        : Range($"{path}.identities", (uint)match.Identities.Count, 0, MostRules);

    private static string? Required(string path, Duration? duration) => duration is null ? $"{path}: found nothing, expected a duration" : Time(path, duration);

    // The upper bound is what timers take: 2^32 - 2 milliseconds, 49 days.
    private static string? Time(string path, Duration? duration, bool canBeZero = false) =>
        duration is null ? null
        : duration.Seconds is < 0 or >= 49 * 24 * 3600 || duration.Nanos is < 0 or >= 1_000_000_000 || (!canBeZero && duration is { Seconds: 0, Nanos: < 1_000_000 })
            ? string.Create(CultureInfo.InvariantCulture, $"{path}: found {duration.Seconds}.{duration.Nanos:D9}s, expected {(canBeZero ? "0" : "1ms")} to 49 days")
            : null;

    private static string? Range(string path, uint found, uint least, uint most) =>
        found >= least && found <= most ? null : string.Create(CultureInfo.InvariantCulture, $"{path}: found {found}, expected {least} to {most}");

    private static string Unknown(string path, int found) => string.Create(CultureInfo.InvariantCulture, $"{path}: found {found}, which this version of the proxy doesn't know");

    private static string? First<T>(IEnumerable<T> items, Func<T, string?> problem) => items.Select(problem).FirstOrDefault(found => found is not null);
}
