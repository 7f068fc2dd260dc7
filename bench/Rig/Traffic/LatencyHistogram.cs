namespace Mesh.Rig.Traffic;

/// <summary>Counts latencies in buckets that are 5 % wide, from 0.1 ms up.</summary>
internal sealed class LatencyHistogram
{
    private const double Lowest = 0.1; // ms
    private static readonly double Width = Math.Log(1.05);

    private readonly long[] _counts = new long[300];
    private long _total;

    public void Record(TimeSpan latency)
    {
        var bucket = latency.TotalMilliseconds <= Lowest ? 0 : (int)(Math.Log(latency.TotalMilliseconds / Lowest) / Width);
        _counts[Math.Min(bucket, _counts.Length - 1)]++;
        _total++;
    }

    /// <summary>The latency that this share of requests stayed within, to 5 %.</summary>
    public TimeSpan Quantile(double share)
    {
        var rest = (long)Math.Ceiling(share * _total);
        if (rest == 0) return TimeSpan.Zero;
        var bucket = 0;
        while ((rest -= _counts[bucket]) > 0) bucket++;
        return TimeSpan.FromMilliseconds(Lowest * Math.Exp((bucket + 1) * Width));
    }
}
