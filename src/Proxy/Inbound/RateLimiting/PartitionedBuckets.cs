using System.Collections.Concurrent;

namespace Mesh.Proxy.Inbound.RateLimiting;

/// <summary>
/// A bucket for each key, of which a client may invent as many as it likes: a bounded number is kept. Where there is no room,
/// those that are full go, since a new one would be the same; where none is, keys that are new share one bucket.
/// </summary>
internal sealed class PartitionedBuckets<TKey>(TokenRate rate, int capacity = PartitionedBuckets<TKey>.DefaultCapacity)
    where TKey : notnull
{
    /// <summary>Some 2 MB.</summary>
    public const int DefaultCapacity = 10_000;

    // Under a flood of keys all are looked through at most this often.
    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<TKey, TokenBucket> _buckets = new();
    private readonly TokenBucket _overflow = new(rate);
    private int _count;
    private long _nextSweep = long.MinValue;

    /// <summary>How many are kept.</summary>
    public int Count => Volatile.Read(ref _count);

    public TokenBucket Of(TKey key)
    {
        if (_buckets.TryGetValue(key, out var bucket)) return bucket;
        if (Count >= capacity && !TryMakeRoom()) return _overflow;

        var created = new TokenBucket(rate);
        bucket = _buckets.GetOrAdd(key, created);
        if (ReferenceEquals(bucket, created)) Interlocked.Increment(ref _count);
        return bucket;
    }

    // A token that is taken from a bucket just as it goes is given twice: far too seldom to matter.
    private bool TryMakeRoom()
    {
        var now = rate.Time.GetTimestamp();
        var due = Volatile.Read(ref _nextSweep);
        if (now < due) return false;
        var next = now + (long)(SweepInterval.TotalSeconds * rate.Time.TimestampFrequency);
        if (Interlocked.CompareExchange(ref _nextSweep, next, due) != due) return false;

        foreach (var (key, bucket) in _buckets)
        {
            if (bucket.IsFull && _buckets.TryRemove(key, out _)) Interlocked.Decrement(ref _count);
        }
        return Count < capacity;
    }
}
