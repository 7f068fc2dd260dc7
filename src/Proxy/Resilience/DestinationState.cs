using Mesh.Api.Discovery;
using Mesh.Proxy.CircuitBreaking;
using Mesh.Proxy.LoadBalancing;
using Mesh.Proxy.Routing;
using Breaker = Mesh.Proxy.CircuitBreaking.Breaker;

namespace Mesh.Proxy.Resilience;

/// <summary>What a destination keeps through every change of its policy.</summary>
/// <param name="name">As the operator names it.</param>
/// <param name="random">Draws for balancing, back-off and faults.</param>
/// <param name="time">The clock of everything beneath.</param>
/// <param name="proxy">This proxy.</param>
internal sealed class DestinationState(string name, Random random, TimeProvider time, LocalProxy proxy)
{
    public string Name { get; } = name;

    public Random Random { get; } = random;

    public TimeProvider Time { get; } = time;

    public LocalProxy Proxy { get; } = proxy;

    public EndpointSet Endpoints { get; } = new(random, time, proxy.Zone);

    public RetryBudget Budget { get; } = new(time);

    public LatencyHistogram Latency { get; } = new(time);

    public Bulkhead Bulkhead { get; } = new();

    /// <summary>Null where the policy has none for the destination as a whole.</summary>
    public Breaker? Breaker { get; private set; }

    /// <summary>Takes over a policy; a breaker whose rules stay the same stays as it is.</summary>
    public void Configure(Policy policy)
    {
        var rules = BreakerRules.Of(policy.CircuitBreaker?.Destination);
        if (Breaker?.Rules != rules) Breaker = rules is null ? null : new(rules, Time);
        Endpoints.Configure(policy);
    }
}
