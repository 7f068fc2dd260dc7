namespace Mesh.Proxy.CircuitBreaking;

/// <summary>
/// Counts calls, failures and slow calls over a sliding window, in ten buckets: what is older than the window is forgotten a
/// tenth at a time.
/// </summary>
/// <remarks>
/// Counting is an interlocked increment or two; only the first call in a bucket's time takes a lock, to empty it of what was
/// counted one window before.
/// </remarks>
internal sealed class CallWindow
{
    private const int BucketCount = 10;

    private readonly Lock _emptying = new();
    private readonly Bucket[] _buckets = new Bucket[BucketCount];
    private readonly long _bucketTicks;

    /// <param name="length">How far back counts reach.</param>
    /// <param name="frequency">Of the timestamps, per second.</param>
    public CallWindow(TimeSpan length, long frequency)
    {
        _bucketTicks = Math.Max(1, (long)(length.TotalSeconds * frequency / BucketCount));
        Clear();
    }

    public void Count(long now, bool failed, bool slow)
    {
        ref var bucket = ref BucketOf(now / _bucketTicks);
        Interlocked.Increment(ref bucket.Calls);
        if (failed) Interlocked.Increment(ref bucket.Failures);
        if (slow) Interlocked.Increment(ref bucket.SlowCalls);
    }

    public (long Calls, long Failures, long SlowCalls) Sum(long now)
    {
        var oldest = now / _bucketTicks - BucketCount + 1;
        long calls = 0, failures = 0, slowCalls = 0;
        foreach (ref var bucket in _buckets.AsSpan())
        {
            if (Volatile.Read(ref bucket.Index) < oldest) continue;
            calls += Volatile.Read(ref bucket.Calls);
            failures += Volatile.Read(ref bucket.Failures);
            slowCalls += Volatile.Read(ref bucket.SlowCalls);
        }
        return (calls, failures, slowCalls);
    }

    public void Clear()
    {
        lock (_emptying)
        {
            foreach (ref var bucket in _buckets.AsSpan()) Volatile.Write(ref bucket.Index, long.MinValue);
        }
    }

    private ref Bucket BucketOf(long index)
    {
        ref var bucket = ref _buckets[(int)(index % BucketCount)];
        if (Volatile.Read(ref bucket.Index) < index) Empty(ref bucket, index);
        return ref bucket;
    }

    private void Empty(ref Bucket bucket, long index)
    {
        lock (_emptying)
        {
            if (bucket.Index >= index) return;
            bucket.Calls = bucket.Failures = bucket.SlowCalls = 0;
            Volatile.Write(ref bucket.Index, index);
        }
    }

    private struct Bucket
    {
        public long Index;
        public int Calls;
        public int Failures;
        public int SlowCalls;
    }
}
