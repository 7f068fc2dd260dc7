namespace Mesh.Proxy.LoadBalancing;

/// <summary>The lower of latency times load: what the next request would probably wait for.</summary>
internal sealed class PeakEwmaPicker(Random random) : PowerOfTwoChoices(random)
{
    // An endpoint not yet measured gets one request at once, and no more than a slow one would until that is answered.
    private const double UnmeasuredMilliseconds = PeakEwma.UnmeasuredMilliseconds;

    protected override double CostOf(LiveEndpoint endpoint, double share, long now)
    {
        var load = endpoint.InFlight / share;
        var latency = endpoint.Latency.MillisecondsAt(now);
        return double.IsNaN(latency) ? UnmeasuredMilliseconds * load : latency * (load + 1);
    }
}
