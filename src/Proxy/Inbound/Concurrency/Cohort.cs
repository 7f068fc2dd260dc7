namespace Mesh.Proxy.Inbound.Concurrency;

/// <summary>
/// Requests that came in one after the other under one limit, whose latency is taken together. It is judged once three quarters of
/// them have ended, the rest counting as slower: to judge by those that end within some time would leave out just the slow ones.
/// </summary>
internal sealed class Cohort(long start, TimeProvider time)
{
    private const int Enough = 50;
    private const int Least = 10;

    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    private readonly LatencyHistogram _latencies = new();
    private volatile bool _isFull;
    private int _members;
    private int _ended;
    private int _abandoned;
    private int _peak;
    private int _judged;

    /// <summary>The most that were in flight when one joined.</summary>
    public int Peak => Volatile.Read(ref _peak);

    /// <summary>The median time to the head of an answer; null where too few count.</summary>
    public TimeSpan? Median => Volatile.Read(ref _ended) < Least / 2 ? null : _latencies.Median(Volatile.Read(ref _members));

    /// <summary>Most were given up by their clients, so that nobody knows how long they would have taken.</summary>
    public bool IsAbandoned => Volatile.Read(ref _abandoned) * 2 > Volatile.Read(ref _members);

    /// <returns>False where the cohort is full.</returns>
    public bool TryJoin(int inFlight, long now)
    {
        if (_isFull) return false;
        var members = Interlocked.Increment(ref _members);
        // Of two at once the lower may stay: it is a peak to within one.
        if (inFlight > Volatile.Read(ref _peak)) Volatile.Write(ref _peak, inFlight);
        var elapsed = time.GetElapsedTime(start, now);
        if ((members >= Enough && elapsed >= Shortest) || (members >= Least && elapsed >= Longest)) _isFull = true;
        return true;
    }

    /// <summary>One of its members says nothing of how busy the application is.</summary>
    public void Leave() => Interlocked.Decrement(ref _members);

    public void End(TimeSpan latency, bool isAbandoned)
    {
        _latencies.Record(latency);
        if (isAbandoned) Interlocked.Increment(ref _abandoned);
        Interlocked.Increment(ref _ended);
    }

    /// <summary>Says, to one caller only, that it is time to judge.</summary>
    public bool TryJudge() =>
        _isFull && Volatile.Read(ref _ended) * 4 >= Volatile.Read(ref _members) * 3 && Interlocked.Exchange(ref _judged, 1) == 0;
}
