using Google.Protobuf.WellKnownTypes;
using Mesh.Api.Discovery;
using Mesh.Proxy.Discovery;
using Mesh.Proxy.Tests.Routing;

namespace Mesh.Proxy.Tests.Discovery;

public sealed class PolicyCheckTests
{
    public static TheoryData<string, Action<Policy>> Unusable => new()
    {
        { "policy.timeouts.idle: found 0.000000000s, expected 1ms to 49 days", p => p.Timeouts.Idle = new() },
        { "policy.retries.status_codes: found 200, expected 400 to 599", p => p.Retries.StatusCodes.Add(200) },
        { "policy.retries.grpc_codes: found 0, expected 1 to 16", p => p.Retries.GrpcCodes.Add(0) },
        { "policy.hedging: found neither delay nor percentile", p => p.Hedging = new() },
        { "policy.hedging.percentile: found 100, expected 50 to 99", p => p.Hedging = new() { Percentile = 100 } },
        { "policy.circuit_breaker.failure_statuses.to: found 500, expected 599 to 599", p => p.CircuitBreaker = new() { FailureStatuses = { new StatusRange { From = 599, To = 500 } } } },
        { "policy.circuit_breaker.endpoint.failure_percent: found 101, expected 0 to 100", p => p.CircuitBreaker = new() { Endpoint = Breaker(b => b.FailurePercent = 101) } },
        { "policy.circuit_breaker.destination.open_for: found 4233600.000000000s, expected 0 to 49 days", p => p.CircuitBreaker = new() { Destination = Breaker(b => b.OpenFor = Duration.FromTimeSpan(TimeSpan.FromDays(49))) } },
        { "policy.circuit_breaker.endpoint.window: found -1.000000000s, expected 0 to 49 days", p => p.CircuitBreaker = new() { Endpoint = Breaker(b => b.Window = new() { Seconds = -1 }) } },
        { "policy.circuit_breaker.max_ejected_percent: found 101, expected 0 to 100", p => p.CircuitBreaker = new() { MaxEjectedPercent = 101 } },
        { "policy.concurrency.max_requests: found 1000001, expected 0 to 1000000", p => p.Concurrency = new() { MaxRequests = 1_000_001 } },
        { "policy.concurrency.adaptive: found 4 to 1, expected 1 or more to at most 1000000", p => p.Concurrency = new() { Adaptive = new() { MinLimit = 4, MaxLimit = 1 } } },
        { "policy.concurrency.priorities.priority: found 101, expected -100 to 100", p => p.Concurrency = new() { Priorities = { new PriorityRule { Priority = 101 } } } },
        { "policy.rate_limit.total.burst: found 0, expected 1 to 1000000", p => p.RateLimit = new() { Total = new() { Requests = 1, Per = Duration.FromTimeSpan(TimeSpan.FromSeconds(1)) } } },
        { "policy.rate_limit.header_name: found nothing, expected a header's name", p => p.RateLimit = new() { Header = new() { Requests = 1, Burst = 1, Per = Duration.FromTimeSpan(TimeSpan.FromSeconds(1)) } } },
        { "policy.load_balancer.algorithm: found 99, which this version of the proxy doesn't know", p => p.LoadBalancer.Algorithm = (LoadBalancerAlgorithm)99 },
        { "policy.load_balancer.hash: found nothing, expected what Maglev goes by", p => p.LoadBalancer.Algorithm = LoadBalancerAlgorithm.Maglev },
        { "policy.load_balancer.zone: found 9, which this version of the proxy doesn't know", p => p.LoadBalancer.Zone = (ZonePreference)9 },
        { "policy.faults.share: found 10001, expected 0 to 10000", p => p.Faults.Add(new Fault { Share = 10_001 }) },
        { "policy.faults.status: found 200, expected 400 to 599", p => p.Faults.Add(new Fault { Status = 200 }) },
    };

    [Theory, MemberData(nameof(Unusable))]
    public void PolicyThatAsksForTheImpossible_IsRefused(string problem, Action<Policy> change) =>
        Assert.Equal(problem, DestinationUpdateCheck.Problem(Updates.Whole(1, Policies.Default(change)), 0));

    [Fact]
    public void ShadowPolicy_IsHeldToTheSameRules()
    {
        var update = Updates.Whole(1, Policies.Default());
        update.Shadow = Policies.Default(p => p.Hedging = new());
        update.Shadow.Sources.Add(new PolicySource { Namespace = "shop", Name = "tried" });

        Assert.Equal("shadow.hedging: found neither delay nor percentile", DestinationUpdateCheck.Problem(update, 0));
    }

    [Fact]
    public void ShadowWithoutSources_SaysThatThereIsNone()
    {
        var update = Updates.Delta(1, 2);
        update.Shadow = new();

        Assert.Null(DestinationUpdateCheck.Problem(update, 1));
    }

    [Fact]
    public void UnknownProtocol_IsRefused()
    {
        var update = Updates.Whole(1, Policies.Default());
        update.Protocol = (AppProtocol)9;

        Assert.Equal("protocol: found 9, which this version of the proxy doesn't know", DestinationUpdateCheck.Problem(update, 0));
    }

    [Fact]
    public void MessagesThatAnOlderOperatorLeavesOut_AreNoProblem() => Assert.Null(DestinationUpdateCheck.Problem(Updates.Whole(1, Policies.Default()), 0));

    private static Breaker Breaker(Action<Breaker> change)
    {
        var breaker = new Breaker
        {
            ConsecutiveFailures = 5,
            OpenFor = Duration.FromTimeSpan(TimeSpan.FromSeconds(10)),
            OpenForMax = Duration.FromTimeSpan(TimeSpan.FromMinutes(5)),
        };
        change(breaker);
        return breaker;
    }
}
