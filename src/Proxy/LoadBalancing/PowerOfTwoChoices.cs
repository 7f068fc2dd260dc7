namespace Mesh.Proxy.LoadBalancing;

/// <summary>
/// Draws two endpoints at random and takes the cheaper one. Choosing the cheapest of all would send every proxy's next request
/// to the same endpoint. Source: Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing".
/// </summary>
internal abstract class PowerOfTwoChoices(Random random) : IEndpointPicker
{
    public LiveEndpoint Pick(ReadOnlySpan<LiveEndpoint> candidates)
    {
        if (candidates.Length == 1) return candidates[0];
        var first = random.Next(candidates.Length);
        var second = random.Next(candidates.Length - 1);
        if (second >= first) second++;
        return CostOf(candidates[second]) < CostOf(candidates[first]) ? candidates[second] : candidates[first];
    }

    protected abstract double CostOf(LiveEndpoint endpoint);
}
