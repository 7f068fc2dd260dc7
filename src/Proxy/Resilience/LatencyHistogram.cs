using System.Numerics;

namespace Mesh.Proxy.Resilience;

/// <summary>
/// A destination's times to the head over the last half to whole minute, exact to an eighth: eight buckets for each power of two.
/// Source: HdrHistogram's layout, with three significant bits.
/// </summary>
/// <remarks>
/// Two windows of half a minute take turns. Counting takes two interlocked adds; where two requests open a window at once, a few
/// counts may be lost. A percentile takes a walk over all buckets, and is kept until a sixty-fourth as many have come as there are.
/// </remarks>
internal sealed class LatencyHistogram(TimeProvider time)
{
    private const int SubBits = 3;
    private const int Subs = 1 << SubBits;

    // Up to 2^32 microseconds, 71 minutes; what is longer counts as that.
    private const int Buckets = (32 - SubBits + 1) * Subs;
    private const int FewestForAnything = 20;
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(30);

    private readonly Counts[] _windows = [new(), new()];
    private long _observed;
    private volatile Answer? _last;

    public void Observe(TimeSpan latency)
    {
        var epoch = CurrentEpoch();
        var window = _windows[epoch & 1];
        var seen = Volatile.Read(ref window.Epoch);
        if (seen != epoch && Interlocked.CompareExchange(ref window.Epoch, epoch, seen) == seen) Array.Clear(window.ByBucket);
        Interlocked.Increment(ref window.ByBucket[BucketOf(latency)]);
        Interlocked.Increment(ref _observed);
    }

    /// <param name="percentile">1 to 99.</param>
    /// <returns>Null until enough has been observed that some of it lies beyond.</returns>
    public TimeSpan? Percentile(uint percentile)
    {
        var epoch = CurrentEpoch();
        var observed = Volatile.Read(ref _observed);
        if (_last is { } last && last.Percentile == percentile && last.Epoch == epoch && observed < last.Until) return last.Value;
        Span<int> counts = stackalloc int[Buckets];
        counts.Clear();
        long total = 0;
        foreach (var window in _windows)
        {
            if (epoch - Volatile.Read(ref window.Epoch) > 1) continue;
            for (var i = 0; i < Buckets; i++)
            {
                var count = Volatile.Read(ref window.ByBucket[i]);
                counts[i] += count;
                total += count;
            }
        }
        if (total < Math.Max(FewestForAnything, 100 / (100 - percentile))) return null;

        var below = (total * percentile + 99) / 100;
        var bucket = 0;
        for (long counted = counts[0]; counted < below; counted += counts[bucket]) bucket++;
        var value = EndOf(bucket);
        _last = new(percentile, epoch, observed + 1 + total / 64, value);
        return value;
    }

    private static int BucketOf(TimeSpan latency)
    {
        var microseconds = (uint)Math.Clamp(latency.TotalMicroseconds, 0, uint.MaxValue);
        if (microseconds < Subs) return (int)microseconds;
        var shift = BitOperations.Log2(microseconds) - SubBits;
        return ((shift + 1) << SubBits) + (int)(microseconds >> shift) - Subs;
    }

    private static TimeSpan EndOf(int bucket)
    {
        var next = bucket + 1;
        var microseconds = next < Subs ? next : (long)(Subs + (next & (Subs - 1))) << ((next >> SubBits) - 1);
        return TimeSpan.FromMicroseconds(microseconds);
    }

    private long CurrentEpoch() => time.GetTimestamp() / (long)(Window.TotalSeconds * time.TimestampFrequency);

    private sealed record Answer(uint Percentile, long Epoch, long Until, TimeSpan Value);

    private sealed class Counts
    {
        public readonly int[] ByBucket = new int[Buckets];
        public long Epoch = -2;
    }
}
