using Google.Protobuf.WellKnownTypes;
using Mesh.Api.Discovery;
using Mesh.Api.Resources;

namespace Mesh.Operator.Compilation;

/// <summary>Every field that a policy can decide, between what users write and what proxies get.</summary>
internal static class PolicyFields
{
    public static readonly IReadOnlyList<PolicyField> All =
    [
        new PolicyField<MeshDuration?>("timeouts.request", s => s.Timeouts?.Request, (p, v) => p.Timeouts.Request = ToProto(v)),
        new PolicyField<MeshDuration?>("timeouts.attempt", s => s.Timeouts?.Attempt, (p, v) => p.Timeouts.Attempt = ToProto(v)),
        new PolicyField<MeshDuration?>("timeouts.connect", s => s.Timeouts?.Connect, (p, v) => p.Timeouts.Connect = ToProto(v)),
        new PolicyField<int?>("retries.attempts", s => s.Retries?.Attempts, (p, v) => p.Retries.Attempts = (uint)v!),
        new PolicyField<IReadOnlyList<RetryOn>>("retries.on", s => s.Retries?.On, (p, v) => p.Retries.On.AddRange(v.Distinct().Order().Select(ToProto))),
        new PolicyField<IReadOnlyList<string>>("retries.methods", s => s.Retries?.Methods, (p, v) => p.Retries.Methods.AddRange(v.Distinct().Order(StringComparer.Ordinal))),
        new PolicyField<MeshDuration?>("retries.backoff.base", s => s.Retries?.Backoff?.Base, (p, v) => p.Retries.BackoffBase = ToProto(v)),
        new PolicyField<MeshDuration?>("retries.backoff.max", s => s.Retries?.Backoff?.Max, (p, v) => p.Retries.BackoffMax = ToProto(v)),
        new PolicyField<int?>("retries.budget.percent", s => s.Retries?.Budget?.Percent, (p, v) => p.Retries.Budget.Percent = (uint)v!),
        new PolicyField<int?>("retries.budget.minPerSecond", s => s.Retries?.Budget?.MinPerSecond, (p, v) => p.Retries.Budget.MinPerSecond = (uint)v!),
        new PolicyField<Algorithm?>("loadBalancer.algorithm", s => s.LoadBalancer?.Algorithm, (p, v) => p.LoadBalancer.Algorithm = ToProto(v!.Value)),
    ];

    private static Duration ToProto(MeshDuration? duration) => Duration.FromTimeSpan(duration!.Value.Value);

    private static RetryCondition ToProto(RetryOn on) => on switch
    {
        RetryOn.ConnectFailure => RetryCondition.ConnectFailure,
        RetryOn.RefusedStream => RetryCondition.RefusedStream,
        RetryOn.Reset => RetryCondition.Reset,
        RetryOn.GatewayError => RetryCondition.GatewayError,
        RetryOn.ServerError => RetryCondition.ServerError,
        RetryOn.AttemptTimeout => RetryCondition.AttemptTimeout,
        _ => throw new ArgumentOutOfRangeException(nameof(on), on, null),
    };

    private static LoadBalancerAlgorithm ToProto(Algorithm algorithm) => algorithm switch
    {
        Algorithm.PeakEwma => LoadBalancerAlgorithm.PeakEwma,
        Algorithm.LeastRequest => LoadBalancerAlgorithm.LeastRequest,
        Algorithm.RoundRobin => LoadBalancerAlgorithm.RoundRobin,
        Algorithm.Random => LoadBalancerAlgorithm.Random,
        _ => throw new ArgumentOutOfRangeException(nameof(algorithm), algorithm, null),
    };
}
