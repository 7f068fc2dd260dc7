namespace Mesh.Proxy.LoadBalancing;

/// <summary>
/// Decides whether a request leaves its zone: with a growing probability once the near candidate is more than twice as slow as
/// the far one. At three times one in three goes, at four times half; never all, so that what is near is seen to recover.
/// </summary>
/// <remarks>
/// Latency shows load whoever causes it, where the number of endpoints in a zone, by which Envoy's zone-aware routing goes, shows
/// nothing; that load and health decide is the idea of Linkerd's HAZL. The rule is ours: what is near stays preferred while the
/// difference could be the way between zones, and a share that follows the difference does not swing as a threshold would.
/// <para>What has not answered for a while is taken to be as fast as the destination usually is, so that a far endpoint that
/// nobody asks is neither shunned nor sought.</para>
/// </remarks>
internal sealed class ZoneSpillover(Random random, TimeProvider time)
{
    private const double Tolerated = 2;

    // Below this, in milliseconds, a difference is noise.
    private const double Negligible = 1;

    private readonly UsualLatency _usual = new(time);

    public void Observe(TimeSpan latency) => _usual.Observe(latency);

    public bool Spills(LiveEndpoint near, LiveEndpoint far, long now)
    {
        if (_usual.Milliseconds is not { } usual) return false;
        var nearCost = near.Latency.Towards(usual, now);
        if (nearCost < Negligible) return false;
        var stays = Tolerated * far.Latency.Towards(usual, now) / nearCost;
        return stays < 1 && random.NextDouble() >= stays;
    }
}
