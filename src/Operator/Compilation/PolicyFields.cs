using Mesh.Api.Discovery;
using Mesh.Api.Resources;

namespace Mesh.Operator.Compilation;

/// <summary>Every field that a policy can decide, between what users write and what proxies get.</summary>
internal static class PolicyFields
{
    public static readonly IReadOnlyList<PolicyField> All =
    [
        .. Timeouts(), .. Retries(), .. Hedging(), .. Failures(),
        .. Breaker("circuitBreaker.endpoint", s => s.CircuitBreaker?.Endpoint, p => p.CircuitBreaker.Endpoint), .. Ejection(),
        .. Breaker("circuitBreaker.destination", s => s.CircuitBreaker?.Destination, p => p.CircuitBreaker.Destination),
        .. Concurrency(), .. RateLimit(), .. LoadBalancer(), .. Faults(),
    ];

    private static IEnumerable<PolicyField> Timeouts() =>
    [
        Time("timeouts.request", s => s.Timeouts?.Request, (p, v) => p.Timeouts.Request = v.ToProto()),
        Time("timeouts.attempt", s => s.Timeouts?.Attempt, (p, v) => p.Timeouts.Attempt = v.ToProto()),
        Time("timeouts.connect", s => s.Timeouts?.Connect, (p, v) => p.Timeouts.Connect = v.ToProto()),
        Time("timeouts.idle", s => s.Timeouts?.Idle, (p, v) => p.Timeouts.Idle = v.ToProto()),
    ];

    private static IEnumerable<PolicyField> Retries() =>
    [
        Number("retries.attempts", s => s.Retries?.Attempts, (p, v) => p.Retries.Attempts = v),
        Value("retries.on", s => s.Retries?.On, (p, v) => p.Retries.On.AddRange(v.Distinct().Order().Select(PolicyWords.ToProto))),
        Value("retries.statusCodes", s => s.Retries?.StatusCodes, (p, v) => p.Retries.StatusCodes.AddRange(v.Distinct().Order().Select(code => (uint)code))),
        Value("retries.grpcCodes", s => s.Retries?.GrpcCodes, (p, v) => p.Retries.GrpcCodes.AddRange(v.ToProto())),
        Value("retries.methods", s => s.Retries?.Methods, (p, v) => p.Retries.Methods.AddRange(v.Distinct().Order(StringComparer.Ordinal))),
        Time("retries.backoff.base", s => s.Retries?.Backoff?.Base, (p, v) => p.Retries.BackoffBase = v.ToProto()),
        Time("retries.backoff.max", s => s.Retries?.Backoff?.Max, (p, v) => p.Retries.BackoffMax = v.ToProto()),
        Number("retries.budget.percent", s => s.Retries?.Budget?.Percent, (p, v) => p.Retries.Budget.Percent = v),
        Number("retries.budget.minPerSecond", s => s.Retries?.Budget?.MinPerSecond, (p, v) => p.Retries.Budget.MinPerSecond = v),
    ];

    // One field: a delay over somebody else's percentile would mean the delay until enough is observed, and not the delay.
    private static IEnumerable<PolicyField> Hedging() => [Value("hedging", s => s.Hedging, (p, v) => p.Hedging = v.ToProto())];

    private static IEnumerable<PolicyField> Failures() =>
    [
        Value("circuitBreaker.failures.statusCodes", s => s.CircuitBreaker?.Failures?.StatusCodes, (p, v) => p.CircuitBreaker.FailureStatuses.AddRange(v.ToProto())),
        Value("circuitBreaker.failures.grpcCodes", s => s.CircuitBreaker?.Failures?.GrpcCodes, (p, v) => p.CircuitBreaker.FailureGrpcCodes.AddRange(v.ToProto())),
    ];

    private static IEnumerable<PolicyField> Breaker(string path, Func<TrafficSettings, BreakerSettings?> settings, Func<Policy, Breaker> breaker) =>
    [
        Number($"{path}.consecutiveFailures", s => settings(s)?.ConsecutiveFailures, (p, v) => breaker(p).ConsecutiveFailures = v),
        Number($"{path}.failurePercent", s => settings(s)?.FailurePercent, (p, v) => breaker(p).FailurePercent = v),
        Number($"{path}.slowCallPercent", s => settings(s)?.SlowCallPercent, (p, v) => breaker(p).SlowCallPercent = v),
        Time($"{path}.slowCallDuration", s => settings(s)?.SlowCallDuration, (p, v) => breaker(p).SlowCallDuration = v.ToProto()),
        Number($"{path}.minRequests", s => settings(s)?.MinRequests, (p, v) => breaker(p).MinRequests = v),
        Time($"{path}.window", s => settings(s)?.Window, (p, v) => breaker(p).Window = v.ToProto()),
        Time($"{path}.openFor", s => settings(s)?.OpenFor, (p, v) => breaker(p).OpenFor = v.ToProto()),
        Time($"{path}.openForMax", s => settings(s)?.OpenForMax, (p, v) => breaker(p).OpenForMax = v.ToProto()),
    ];

    private static IEnumerable<PolicyField> Ejection() =>
    [
        Number("circuitBreaker.endpoint.maxEjectedPercent", s => s.CircuitBreaker?.Endpoint?.MaxEjectedPercent, (p, v) => p.CircuitBreaker.MaxEjectedPercent = v),
        Number("circuitBreaker.endpoint.panicPercent", s => s.CircuitBreaker?.Endpoint?.PanicPercent, (p, v) => p.CircuitBreaker.PanicPercent = v),
    ];

    private static IEnumerable<PolicyField> Concurrency() =>
    [
        Number("concurrency.maxRequests", s => s.Concurrency?.MaxRequests, (p, v) => p.Concurrency.MaxRequests = v),
        Number("concurrency.queue.length", s => s.Concurrency?.Queue?.Length, (p, v) => p.Concurrency.QueueLength = v),
        Time("concurrency.queue.timeout", s => s.Concurrency?.Queue?.Timeout, (p, v) => p.Concurrency.QueueTimeout = v.ToProto()),
        Value("concurrency.adaptive", s => s.Concurrency?.Adaptive, (p, v) => p.Concurrency.Adaptive = v.ToProto()),
        Value("concurrency.priorities", s => s.Concurrency?.Priorities, (p, v) => p.Concurrency.Priorities.AddRange(v.Select(PolicyWords.ToProto))),
    ];

    private static IEnumerable<PolicyField> RateLimit() =>
    [
        Value("rateLimit.total", s => s.RateLimit?.Total, (p, v) => (p.RateLimit ??= new()).Total = v.ToProto()),
        Value("rateLimit.caller", s => s.RateLimit?.Caller, (p, v) => (p.RateLimit ??= new()).Caller = v.ToProto()),
        Value("rateLimit.header", s => s.RateLimit?.Header, (p, v) =>
        {
            p.RateLimit ??= new();
            p.RateLimit.Header = v.ToProto();
            p.RateLimit.HeaderName = v.Name.ToLowerInvariant();
        }),
    ];

    private static IEnumerable<PolicyField> LoadBalancer() =>
    [
        new PolicyField<Algorithm?>("loadBalancer.algorithm", s => s.LoadBalancer?.Algorithm, (p, v) => p.LoadBalancer.Algorithm = v!.Value.ToProto()),
        Value("loadBalancer.hash", s => s.LoadBalancer?.Hash, (p, v) => p.LoadBalancer.Hash = v.ToProto()),
        Time("loadBalancer.slowStart", s => s.LoadBalancer?.SlowStart, (p, v) => p.LoadBalancer.SlowStart = v.ToProto()),
        new PolicyField<Zone?>("loadBalancer.zone", s => s.LoadBalancer?.Zone, (p, v) => p.LoadBalancer.Zone = v!.Value.ToProto()),
    ];

    private static IEnumerable<PolicyField> Faults() => [Value("faults", s => s.Faults, (p, v) => p.Faults.AddRange(v.Select(PolicyWords.ToProto)))];

    private static PolicyField<T> Value<T>(string path, Func<TrafficSettings, T?> read, Action<Policy, T> write) where T : class => new(path, read, write);

    private static PolicyField<int?> Number(string path, Func<TrafficSettings, int?> read, Action<Policy, uint> write) =>
        new(path, read, (policy, value) => write(policy, (uint)value!.Value));

    private static PolicyField<MeshDuration?> Time(string path, Func<TrafficSettings, MeshDuration?> read, Action<Policy, MeshDuration> write) =>
        new(path, read, (policy, value) => write(policy, value!.Value));
}
