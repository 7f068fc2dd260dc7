namespace Mesh.Proxy.LoadBalancing;

/// <summary>
/// An endpoint's latency as an exponentially weighted moving average over time that follows a slower answer at once and a
/// faster one gradually. Without answers it decays, so that an endpoint that was slow is tried again.
/// Source: Finagle's PeakEwma; linkerd2-proxy decays over the same ten seconds.
/// </summary>
/// <remarks>Written without a lock: of two answers at one instant the older timestamp may stay, which shifts the average by less than it is worth.</remarks>
internal sealed class PeakEwma(TimeProvider time)
{
    private static readonly TimeSpan Decay = TimeSpan.FromSeconds(10);

    private double _milliseconds = double.NaN;
    private long _at;

    /// <summary>Milliseconds; null before the first answer.</summary>
    public double? Milliseconds
    {
        get
        {
            var value = Volatile.Read(ref _milliseconds);
            return double.IsNaN(value) ? null : value * Weight(time.GetTimestamp());
        }
    }

    public void Observe(TimeSpan latency)
    {
        var sample = latency.TotalMilliseconds;
        var now = time.GetTimestamp();
        var weight = Weight(now);
        double before, after;
        do
        {
            before = Volatile.Read(ref _milliseconds);
            after = double.IsNaN(before) || sample > before ? sample : before * weight + sample * (1 - weight);
        }
        while (BitConverter.DoubleToInt64Bits(Interlocked.CompareExchange(ref _milliseconds, after, before)) != BitConverter.DoubleToInt64Bits(before));
        Volatile.Write(ref _at, now);
    }

    private double Weight(long now) => Math.Exp(-Math.Max(0, time.GetElapsedTime(Volatile.Read(ref _at), now) / Decay));
}
