namespace Mesh.Proxy.LoadBalancing;

/// <summary>What a destination's answers take on average over the last minutes, each weighing less the older it is.</summary>
/// <remarks>Written without a lock: of two answers at one instant one may be lost, which an average doesn't notice.</remarks>
internal sealed class UsualLatency(TimeProvider time)
{
    private static readonly TimeSpan Decay = TimeSpan.FromMinutes(1);

    private double _milliseconds = double.NaN;
    private long _at;

    /// <summary>Null before the first answer.</summary>
    public double? Milliseconds => Volatile.Read(ref _milliseconds) is var value && double.IsNaN(value) ? null : value;

    public void Observe(TimeSpan latency)
    {
        var now = time.GetTimestamp();
        var before = Volatile.Read(ref _milliseconds);
        var weight = Math.Exp(-time.GetElapsedTime(Volatile.Read(ref _at), now) / Decay);
        Volatile.Write(ref _milliseconds, double.IsNaN(before) ? latency.TotalMilliseconds : before * weight + latency.TotalMilliseconds * (1 - weight));
        Volatile.Write(ref _at, now);
    }
}
