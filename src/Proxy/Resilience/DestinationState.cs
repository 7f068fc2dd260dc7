using Mesh.Proxy.LoadBalancing;
using Mesh.Proxy.Routing;

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
}
