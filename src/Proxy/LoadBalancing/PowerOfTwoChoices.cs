namespace Mesh.Proxy.LoadBalancing;

/// <summary>
/// Draws two endpoints at random and takes the cheaper one. Choosing the cheapest of all would send every proxy's next request
/// to the same endpoint. Source: Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing".
/// </summary>
/// <remarks>
/// Weights decide twice: how often an endpoint is drawn, which gives it its share while all are idle, and how much load it is
/// thought to bear, which does so under load.
/// </remarks>
internal abstract class PowerOfTwoChoices(Random random) : IEndpointPicker
{
    public LiveEndpoint Pick(ReadOnlySpan<LiveEndpoint> candidates, in PickContext context)
    {
        if (candidates.Length == 1) return candidates[0];
        if (context.IsWeighted) return PickWeighted(candidates, context);
        var first = random.Next(candidates.Length);
        var second = random.Next(candidates.Length - 1);
        if (second >= first) second++;
        return CostOf(candidates[second], share: 1, context.Now) < CostOf(candidates[first], share: 1, context.Now) ? candidates[second] : candidates[first];
    }

    /// <param name="endpoint">One of the two.</param>
    /// <param name="share">How much it bears, relative to the one that bears most: more than 0, at most 1.</param>
    /// <param name="now">The timestamp of the pick.</param>
    protected abstract double CostOf(LiveEndpoint endpoint, double share, long now);

    // The same one may be drawn twice: of two that are always both drawn, weights could not decide.
    private LiveEndpoint PickWeighted(ReadOnlySpan<LiveEndpoint> candidates, in PickContext context)
    {
        var first = WeightedDraw.Draw(candidates, context, random);
        var second = WeightedDraw.Draw(candidates, context, random);
        return CostOf(second, context.ShareOf(second), context.Now) < CostOf(first, context.ShareOf(first), context.Now) ? second : first;
    }
}
