namespace Mesh.Proxy.LoadBalancing;

/// <summary>
/// An endpoint's latency as an exponentially weighted moving average over time that follows a slower answer at once and a
/// faster one gradually. Without answers it decays, so that an endpoint that was slow is tried again.
/// Source: Finagle's PeakEwma; linkerd2-proxy decays over the same ten seconds.
/// </summary>
/// <remarks>Written without a lock: of two answers at one instant the older timestamp may stay, which shifts the average by less than it is worth.</remarks>
internal sealed class PeakEwma(TimeProvider time)
{
    /// <summary>What an endpoint that has answered nothing well is taken for.</summary>
    public const double UnmeasuredMilliseconds = 1000;

    private static readonly TimeSpan Decay = TimeSpan.FromSeconds(10);

    private readonly double _decayPerTick = 1 / (Decay.TotalSeconds * time.TimestampFrequency);
    private double _milliseconds = double.NaN;
    private long _at;

    /// <summary>Milliseconds; null before the first answer.</summary>
    public double? Milliseconds => MillisecondsAt(time.GetTimestamp()) is var value && double.IsNaN(value) ? null : value;

    /// <summary>Milliseconds at a timestamp; not a number before the first answer.</summary>
    public double MillisecondsAt(long now) => Volatile.Read(ref _milliseconds) * Weight(now);

    public void Observe(TimeSpan latency) => Observe(latency, time.GetTimestamp());

    /// <summary>An answer that may yet turn out a failure: it counts if it is slower than the estimate, or the first.</summary>
    public void ObserveHead(TimeSpan latency, long now)
    {
        var estimate = MillisecondsAt(now);
        if (double.IsNaN(estimate) || latency.TotalMilliseconds > estimate) Observe(latency, now);
    }

    /// <summary>Nobody waited for the answer any longer: it would have taken more than this, which says something where it is much.</summary>
    public void ObserveAbandoned(TimeSpan latency)
    {
        if (latency.TotalMilliseconds > Milliseconds) Observe(latency);
    }

    /// <summary>
    /// A failure, however fast, never makes an endpoint look faster, or one that only fails would draw all requests: the estimate
    /// rises to it, or else stays and decays no further meanwhile.
    /// </summary>
    public void ObserveFailure(TimeSpan latency)
    {
        var now = time.GetTimestamp();
        var weight = Weight(now);
        double before, after;
        do
        {
            before = Volatile.Read(ref _milliseconds);
            after = Math.Max(latency.TotalMilliseconds, double.IsNaN(before) ? UnmeasuredMilliseconds : before * weight);
        }
        while (!TryChange(before, after, now));
    }

    private void Observe(TimeSpan latency, long now)
    {
        var sample = latency.TotalMilliseconds;
        var weight = Weight(now);
        double before, after;
        do
        {
            before = Volatile.Read(ref _milliseconds);
            after = double.IsNaN(before) || sample > before ? sample : before * weight + sample * (1 - weight);
        }
        while (!TryChange(before, after, now));
    }

    private bool TryChange(double before, double after, long now)
    {
        // By its bits: not a number equals nothing.
        if (BitConverter.DoubleToInt64Bits(Interlocked.CompareExchange(ref _milliseconds, after, before)) != BitConverter.DoubleToInt64Bits(before)) return false;
        Volatile.Write(ref _at, now);
        return true;
    }

    private double Weight(long now) => Math.Exp(Math.Min(0, Volatile.Read(ref _at) - now) * _decayPerTick);
}
