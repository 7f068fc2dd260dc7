using Mesh.Api.Discovery;

namespace Mesh.Proxy.LoadBalancing;

/// <summary>The picker of each algorithm.</summary>
internal static class EndpointPickers
{
    public static IEndpointPicker Create(LoadBalancerAlgorithm algorithm, Random random) => algorithm switch
    {
        LoadBalancerAlgorithm.PeakEwma => new PeakEwmaPicker(random),
        LoadBalancerAlgorithm.LeastRequest => new LeastRequestPicker(random),
        LoadBalancerAlgorithm.RoundRobin => new RoundRobinPicker(random),
        LoadBalancerAlgorithm.Random => new RandomPicker(random),
        LoadBalancerAlgorithm.RingHash => new ConsistentHashPicker(endpoints => new HashRing(endpoints), random),
        LoadBalancerAlgorithm.Maglev => new ConsistentHashPicker(endpoints => new MaglevTable(endpoints), random),
        _ => throw new ArgumentOutOfRangeException(nameof(algorithm), algorithm, "load_balancer.algorithm"),
    };
}
