namespace Mesh.Proxy.LoadBalancing;

/// <summary>The one with fewer requests in flight, for its weight.</summary>
internal sealed class LeastRequestPicker(Random random) : PowerOfTwoChoices(random)
{
    protected override double CostOf(LiveEndpoint endpoint, double share, long now) => endpoint.InFlight / share;
}
