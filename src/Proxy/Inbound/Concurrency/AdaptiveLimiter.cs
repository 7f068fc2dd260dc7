using Mesh.Api.Discovery;

namespace Mesh.Proxy.Inbound.Concurrency;

/// <summary>
/// Counts what the application has in flight, lets in as much as it bears, and hands one cohort of requests after the other to
/// <see cref="GradientLimit"/>, to draw its conclusions from. Requests take no lock: whoever ends a cohort judges it, alone.
/// </summary>
internal sealed class AdaptiveLimiter
{
    // Spread, so that replicas don't all hold back at once. The price, where all places are taken: most of a moment's requests.
    private static readonly TimeSpan MeasureEvery = TimeSpan.FromSeconds(30);

    private readonly TimeProvider _time;
    private readonly Random _random;
    private readonly GradientLimit _gradient;
    private volatile Cohort _cohort;
    private volatile int _limit;
    private int _inFlight;
    private long _measureAt;

    /// <param name="config">The bounds of the limit.</param>
    /// <param name="random">Spreads measurements.</param>
    /// <param name="time">The clock.</param>
    /// <param name="previous">What an earlier policy had found out about the same application.</param>
    public AdaptiveLimiter(AdaptiveConcurrency config, Random random, TimeProvider time, AdaptiveLimiter? previous = null)
    {
        (Config, _random, _time) = (config, random, time);
        _gradient = new((int)config.MinLimit, (int)config.MaxLimit, previous?._gradient);
        _limit = _gradient.Current;
        var now = time.GetTimestamp();
        _cohort = new(now, time);
        _measureAt = NextMeasurement(now);
    }

    /// <summary>What it was made from.</summary>
    public AdaptiveConcurrency Config { get; }

    /// <summary>How many may be in flight.</summary>
    public int Limit => _limit;

    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>The time to an answer's head while the application has little to do; null before it was first measured.</summary>
    public TimeSpan? Unhurried => _gradient.Unhurried;

    /// <summary>Gives a request a place, where one with its rights may come in.</summary>
    /// <returns>Null where there is none for it.</returns>
    public Place? TryEnter(PriorityLevel level)
    {
        var allowed = level.Allowance(_limit);
        while (true)
        {
            var inFlight = Volatile.Read(ref _inFlight);
            if (inFlight >= allowed) return null;
            if (Interlocked.CompareExchange(ref _inFlight, inFlight + 1, inFlight) != inFlight) continue;
            var now = _time.GetTimestamp();
            var cohort = _cohort;
            return new(this, cohort.TryJoin(inFlight + 1, now) ? cohort : null, now);
        }
    }

    internal void Return() => Interlocked.Increment(ref _inFlight);

    internal void Exit() => Interlocked.Decrement(ref _inFlight);

    /// <summary>Takes in how long a member of a cohort took.</summary>
    internal void Observe(Cohort cohort, long since, PlaceEnd end)
    {
        var now = _time.GetTimestamp();
        var latency = _time.GetElapsedTime(since, now);
        // That it took long says something, whatever came of it; that a failure was quick says nothing.
        if (end is PlaceEnd.Answered || latency > (Unhurried ?? TimeSpan.Zero)) cohort.End(latency, end is PlaceEnd.Abandoned);
        else cohort.Leave();
        if (cohort.TryJudge()) Judge(cohort, now);
    }

    private void Judge(Cohort cohort, long now)
    {
        if (cohort.IsAbandoned) _gradient.Halve();
        else if (cohort.Median is { } median && _gradient.Take(median, cohort.Peak, now >= _measureAt)) _measureAt = NextMeasurement(now);
        _limit = _gradient.Current;
        _cohort = new(now, _time);
    }

    private long NextMeasurement(long now) => now + (long)(MeasureEvery.TotalSeconds * (0.75 + 0.5 * _random.NextDouble()) * _time.TimestampFrequency);
}
