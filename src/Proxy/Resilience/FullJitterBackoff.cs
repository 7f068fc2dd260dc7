namespace Mesh.Proxy.Resilience;

/// <summary>
/// A random wait below <c>min(max, base * 2^n)</c>, so that many who failed together don't come back together.
/// Source: Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog.
/// </summary>
internal sealed class FullJitterBackoff(TimeSpan baseDelay, TimeSpan maxDelay, Random random)
{
    /// <param name="failures">How often it failed before: 0 for the first wait.</param>
    public TimeSpan Delay(int failures)
    {
        // 2^30 times a millisecond is twelve days: beyond any maximum in use, and far from an overflow.
        var ceiling = Math.Min(baseDelay.TotalMilliseconds * (1L << Math.Min(failures, 30)), maxDelay.TotalMilliseconds);
        return TimeSpan.FromMilliseconds(random.NextDouble() * ceiling);
    }
}
