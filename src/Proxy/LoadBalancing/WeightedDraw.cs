namespace Mesh.Proxy.LoadBalancing;

/// <summary>
/// Draws with probabilities in proportion to weights: any one, accepted with the probability that is its share of the heaviest,
/// else again. It needs no table, so weights may change from one draw to the next.
/// Source: Lipowski and Lipowska, "Roulette-wheel selection via stochastic acceptance".
/// </summary>
internal static class WeightedDraw
{
    // One endpoint that outweighs hundreds makes most draws miss; from here on one pass over all of them is cheaper.
    private const int MaxMisses = 16;

    public static LiveEndpoint Draw(ReadOnlySpan<LiveEndpoint> candidates, in PickContext context, Random random)
    {
        if (!context.IsWeighted) return candidates[random.Next(candidates.Length)];
        for (var misses = 0; misses < MaxMisses; misses++)
        {
            var drawn = candidates[random.Next(candidates.Length)];
            if (random.NextDouble() < context.ShareOf(drawn)) return drawn;
        }
        return DrawFromSum(candidates, context, random);
    }

    private static LiveEndpoint DrawFromSum(ReadOnlySpan<LiveEndpoint> candidates, in PickContext context, Random random)
    {
        var sum = 0.0;
        foreach (var candidate in candidates) sum += context.ShareOf(candidate);
        var left = random.NextDouble() * sum;
        foreach (var candidate in candidates)
        {
            left -= context.ShareOf(candidate);
            if (left < 0) return candidate;
        }
        return candidates[^1];
    }
}
