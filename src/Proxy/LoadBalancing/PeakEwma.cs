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

    /// <summary>The estimate as far as it is recent; for the rest what is usual takes its place.</summary>
    public double Towards(double usualMilliseconds)
    {
        var value = Volatile.Read(ref _milliseconds);
        return double.IsNaN(value) ? usualMilliseconds : usualMilliseconds + (value - usualMilliseconds) * Weight(time.GetTimestamp());
    }

    public void Observe(TimeSpan latency)
    {
        var now = time.GetTimestamp();
        var (sample, weight) = (latency.TotalMilliseconds, Weight(now));
        Change(now, (Sample: sample, Weight: weight), static (before, observed) =>
            double.IsNaN(before) || observed.Sample > before ? observed.Sample : before * observed.Weight + observed.Sample * (1 - observed.Weight));
    }

    /// <summary>An answer that may yet turn out a failure: it counts if it is slower than the estimate, or the first.</summary>
    public void ObserveHead(TimeSpan latency)
    {
        if (Milliseconds is not { } estimate || latency.TotalMilliseconds > estimate) Observe(latency);
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
        var (sample, weight) = (latency.TotalMilliseconds, Weight(now));
        Change(now, (Sample: sample, Weight: weight), static (before, observed) =>
            Math.Max(observed.Sample, double.IsNaN(before) ? UnmeasuredMilliseconds : before * observed.Weight));
    }

    private void Change<T>(long now, T observed, Func<double, T, double> next)
    {
        double before;
        do
        {
            before = Volatile.Read(ref _milliseconds);
        }
        while (BitConverter.DoubleToInt64Bits(Interlocked.CompareExchange(ref _milliseconds, next(before, observed), before)) != BitConverter.DoubleToInt64Bits(before));
        Volatile.Write(ref _at, now);
    }

    private double Weight(long now) => Math.Exp(-Math.Max(0, time.GetElapsedTime(Volatile.Read(ref _at), now) / Decay));
}
