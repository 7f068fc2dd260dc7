using Mesh.Proxy.LoadBalancing;

namespace Mesh.Proxy.Resilience;

/// <summary>What a destination keeps through every change of its policy.</summary>
/// <param name="name">As the operator names it.</param>
/// <param name="random">Draws for balancing, back-off and faults.</param>
/// <param name="time">The clock of everything beneath.</param>
internal sealed class DestinationState(string name, Random random, TimeProvider time)
{
    public string Name { get; } = name;

    public Random Random { get; } = random;

    public TimeProvider Time { get; } = time;

    public EndpointSet Endpoints { get; } = new(time);

    public RetryBudget Budget { get; } = new(time);
}
