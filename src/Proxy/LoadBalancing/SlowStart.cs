namespace Mesh.Proxy.LoadBalancing;

/// <summary>
/// How much of its weight an endpoint has had time to come up to: a tenth at first, then in proportion to the time since it came.
/// Source: Envoy's slow start mode with its defaults (aggression 1, min_weight_percent 10).
/// </summary>
/// <param name="Ticks">The time to the full weight, in the time provider's timestamps; 0: there is no slow start.</param>
internal readonly record struct SlowStart(long Ticks)
{
    private const double First = 0.1;

    public static SlowStart Of(TimeSpan? duration, TimeProvider time) => new((long)((duration?.TotalSeconds ?? 0) * time.TimestampFrequency));

    /// <summary>The timestamp from which an endpoint has its full weight.</summary>
    public long EndOf(LiveEndpoint endpoint) => endpoint.Since == LiveEndpoint.Always ? long.MinValue : endpoint.Since + Ticks;

    /// <summary>The share of its weight that an endpoint has now: 0.1 to 1.</summary>
    public double ShareOf(LiveEndpoint endpoint, long now) =>
        now >= EndOf(endpoint) ? 1 : Math.Clamp((now - endpoint.Since) / (double)Ticks, First, 1);
}
