namespace Mesh.Proxy.LoadBalancing;

/// <summary>What answers take on average, each weighing less the older it is; at first over the time since the first of them.</summary>
/// <remarks>Written without a lock: of two answers at one instant one may be lost, which an average doesn't notice.</remarks>
internal sealed class AverageLatency(TimeSpan decay, TimeProvider time)
{
    private static readonly TimeSpan ShortestDecay = TimeSpan.FromSeconds(1);

    private double _milliseconds = double.NaN;
    private long _first;
    private long _last;

    /// <summary>Null before the first answer.</summary>
    public double? Milliseconds => Volatile.Read(ref _milliseconds) is var value && double.IsNaN(value) ? null : value;

    /// <summary>The average as far as it is recent; for the rest another takes its place.</summary>
    public double Towards(double other, long now)
    {
        var value = Volatile.Read(ref _milliseconds);
        return double.IsNaN(value) ? other : other + (value - other) * WeightOfPast(now);
    }

    public void Observe(TimeSpan latency)
    {
        var now = time.GetTimestamp();
        var before = Volatile.Read(ref _milliseconds);
        if (double.IsNaN(before))
        {
            Volatile.Write(ref _first, now);
            Volatile.Write(ref _milliseconds, latency.TotalMilliseconds);
        }
        else
        {
            var weight = WeightOfPast(now);
            Volatile.Write(ref _milliseconds, before * weight + latency.TotalMilliseconds * (1 - weight));
        }
        Volatile.Write(ref _last, now);
    }

    private double WeightOfPast(long now)
    {
        var age = time.GetElapsedTime(Volatile.Read(ref _first), now);
        var over = age > decay ? decay : age > ShortestDecay ? age : ShortestDecay;
        return Math.Exp(-Math.Max(0, time.GetElapsedTime(Volatile.Read(ref _last), now) / over));
    }
}
