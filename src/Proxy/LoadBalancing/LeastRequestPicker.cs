namespace Mesh.Proxy.LoadBalancing;

/// <summary>The one with fewer requests in flight.</summary>
internal sealed class LeastRequestPicker(Random random) : PowerOfTwoChoices(random)
{
    protected override double CostOf(LiveEndpoint endpoint) => endpoint.InFlight;
}
