namespace Mesh.Proxy.LoadBalancing;

/// <summary>How many of a destination's endpoints may be ejected at a time.</summary>
internal static class EjectionLimit
{
    /// <param name="endpoints">How many there are.</param>
    /// <param name="percent">The share of them, rounded down. One of two or more may be all the same; a lone endpoint never.</param>
    public static int Of(int endpoints, uint percent) =>
        endpoints < 2 ? 0 : Math.Max(1, (int)(endpoints * (long)Math.Min(percent, 100) / 100));
}
