namespace Mesh.Proxy.Inbound.RateLimiting;

/// <summary>
/// A bucket that fills steadily and from which each request takes a token. It is kept as one number, the moment at which it will
/// be full, which one compare-and-swap moves on: no timer fills it and no lock guards it. Source: the generic cell rate
/// algorithm, ITU-T I.371, in its virtual scheduling form.
/// </summary>
/// <remarks>
/// System.Threading.RateLimiting has a token bucket too. It is filled by a timer or by the wall clock and takes no
/// <see cref="TimeProvider"/>, it locks, and it can neither say when it will be full nor take a token back.
/// </remarks>
internal sealed class TokenBucket(TokenRate rate)
{
    private long _fullAt = long.MinValue / 2;

    /// <summary>As good as new: it can be dropped, and nobody will know.</summary>
    public bool IsFull => Volatile.Read(ref _fullAt) <= rate.Time.GetTimestamp();

    public TokenTake TryTake()
    {
        var now = rate.Time.GetTimestamp();
        while (true)
        {
            var seen = Volatile.Read(ref _fullAt);
            var next = Math.Max(seen, now) + rate.Interval;
            var missing = next - now;
            if (missing > rate.Capacity) return new(false, 0, rate.Time.GetElapsedTime(rate.Capacity, missing));
            if (Interlocked.CompareExchange(ref _fullAt, next, seen) == seen)
                return new(true, (rate.Capacity - missing) / rate.Interval, rate.Time.GetElapsedTime(0, missing));
        }
    }

    /// <summary>Puts a token back that was taken for nothing.</summary>
    public void Return() => Interlocked.Add(ref _fullAt, -rate.Interval);
}
