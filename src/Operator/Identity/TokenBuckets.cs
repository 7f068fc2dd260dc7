namespace Mesh.Operator.Identity;

/// <summary>
/// A token bucket for each key. Keys come from outside, so only as many are kept as may be: those whose buckets are full again are
/// forgotten, and while too many are not, new keys share one bucket.
/// </summary>
/// <param name="burst">Tokens of a full bucket.</param>
/// <param name="perSecond">Tokens that come back in a second.</param>
/// <param name="most">Keys that are kept.</param>
/// <param name="time">The clock that tokens come back by.</param>
internal sealed class TokenBuckets<TKey>(double burst, double perSecond, int most, TimeProvider time)
    where TKey : notnull
{
    private readonly Lock _gate = new();
    private readonly Dictionary<TKey, Bucket> _buckets = [];
    private Bucket _shared = new(burst, 0);
    private long _sweptAt;

    /// <summary>Takes a token.</summary>
    /// <returns>False where there was none.</returns>
    public bool TryTake(TKey key)
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            var bucket = Find(key, now);
            if (bucket.Tokens < 1) return false;
            Keep(key, bucket with { Tokens = bucket.Tokens - 1 }, now);
            return true;
        }
    }

    /// <summary>Whether there are tokens to take.</summary>
    public bool Has(TKey key, double tokens = 1)
    {
        lock (_gate) return Find(key, time.GetTimestamp()).Tokens >= tokens;
    }

    private Bucket Find(TKey key, long now)
    {
        if (_buckets.TryGetValue(key, out var known)) return Refill(known, now);
        return _buckets.Count < most ? new(burst, now) : Refill(_shared, now);
    }

    private void Keep(TKey key, Bucket bucket, long now)
    {
        if (_buckets.Count >= most && !_buckets.ContainsKey(key))
        {
            Sweep(now);
            if (_buckets.Count >= most)
            {
                _shared = bucket;
                return;
            }
        }
        _buckets[key] = bucket;
    }

    // At most once a second: it looks at all of them.
    private void Sweep(long now)
    {
        if (time.GetElapsedTime(_sweptAt, now) < TimeSpan.FromSeconds(1)) return;
        _sweptAt = now;
        foreach (var (key, bucket) in _buckets)
        {
            if (Refill(bucket, now).Tokens >= burst) _buckets.Remove(key);
        }
    }

    private Bucket Refill(Bucket bucket, long now) => new(Math.Min(burst, bucket.Tokens + time.GetElapsedTime(bucket.At, now).TotalSeconds * perSecond), now);

    private readonly record struct Bucket(double Tokens, long At);
}
