namespace Mesh.Proxy.LoadBalancing;

/// <summary>
/// Decides whether a request leaves its zone: with a growing probability once the zone's endpoints are on average more than twice as
/// slow as those elsewhere. At three times one in three goes, at four times half; never all, so that the zone is seen to recover.
/// </summary>
/// <remarks>
/// Latency shows load whoever causes it, where the number of endpoints in a zone, by which Envoy's zone-aware routing goes, shows
/// nothing; that load and health decide is the idea of Linkerd's HAZL. The rule is ours: what is near stays preferred while the
/// difference could be the way between zones, and a share that follows the difference does not swing as a threshold would.
/// <para>Plain averages are compared: by the balancer's, which remember peaks, whoever is asked would look slower than who isn't.
/// Endpoints elsewhere that have not answered lately are taken to be as fast as the destination has been in the long run.</para>
/// </remarks>
internal sealed class ZoneSpillover(Random random, TimeProvider time)
{
    private const double Tolerated = 2;

    // Below this, in milliseconds, a difference is noise.
    private const double Negligible = 1;

    private static readonly TimeSpan Lately = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongRun = TimeSpan.FromMinutes(10);

    // What a request that was shed costs its client at least, who is asked to come again after a second. An endpoint whose sidecar
    // sheds answers the others in good time, so that latency alone would never show that it is full.
    private static readonly TimeSpan ShedCost = TimeSpan.FromSeconds(1);

    private readonly AverageLatency _near = new(Lately, time);
    private readonly AverageLatency _far = new(Lately, time);
    private readonly AverageLatency _usual = new(LongRun, time);

    /// <param name="latency">Of an answer, or of one that didn't come in time.</param>
    /// <param name="isFar">Whether it came from another zone.</param>
    public void Observe(TimeSpan latency, bool isFar)
    {
        (isFar ? _far : _near).Observe(latency);
        _usual.Observe(latency);
    }

    /// <summary>An endpoint had no room for a request.</summary>
    /// <param name="isFar">Whether it is in another zone.</param>
    public void ObserveShed(bool isFar) => (isFar ? _far : _near).Observe(ShedCost);

    /// <param name="now">The timestamp of the pick.</param>
    public bool Spills(long now)
    {
        if (_near.Milliseconds is not { } near || near < Negligible) return false;
        var stays = Tolerated * _far.Towards(_usual.Milliseconds ?? near, now) / near;
        return stays < 1 && random.NextDouble() >= stays;
    }
}
