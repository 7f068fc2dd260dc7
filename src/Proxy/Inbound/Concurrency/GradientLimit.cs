namespace Mesh.Proxy.Inbound.Concurrency;

/// <summary>
/// Finds how many requests the application bears at a time from what becomes of its latency: while it answers about as fast as it
/// does unhurried, the limit grows; where it answers more slowly, requests wait inside it, and the limit shrinks in proportion.
/// </summary>
/// <remarks>
/// The gradient and the headroom of a square root are those of Netflix' concurrency-limits (Gradient2) and of Envoy's adaptive
/// concurrency filter. The unhurried latency is measured as Envoy does, by holding requests back for a moment, since an average
/// over time, which Gradient2 takes, follows an overload that lasts; but at a quarter of the limit rather than at three requests,
/// and only where no quiet moment has come by itself. docs/decisions/adaptive-concurrency.md has the reasons.
/// <para>Pure: one caller at a time closes windows, and reads.</para>
/// </remarks>
internal sealed class GradientLimit
{
    // How much slower than unhurried is still well: a queue inside the application keeps it busy.
    private const double Tolerance = 1.5;

    // One bad cohort doesn't take more.
    private const double SteepestGradient = 0.5;

    private const int QuietShare = 4;
    private const int InitialLimit = 20;

    private readonly int _min;
    private readonly int _max;
    private double _limit;
    private double _unhurriedMilliseconds = double.NaN;
    private double _highest;
    private bool _hasShrunk;

    /// <param name="min">The limit is never less.</param>
    /// <param name="max">Nor more.</param>
    /// <param name="start">From another limit of the same application, where there was one.</param>
    public GradientLimit(int min, int max, GradientLimit? start = null)
    {
        (_min, _max) = (min, max);
        _limit = Math.Clamp(start?._limit ?? InitialLimit, min, max);
        _highest = _limit;
        _hasShrunk = start is { _hasShrunk: true };
        _unhurriedMilliseconds = start?._unhurriedMilliseconds ?? double.NaN;
    }

    /// <summary>How many requests may be in flight now.</summary>
    public int Current => (int)(IsMeasuring ? Quiet : _limit);

    /// <summary>Requests are held back, for the unhurried latency to be measured.</summary>
    public bool IsMeasuring { get; private set; }

    /// <summary>Null before it was first measured.</summary>
    public TimeSpan? Unhurried => double.IsNaN(_unhurriedMilliseconds) ? null : TimeSpan.FromMilliseconds(_unhurriedMilliseconds);

    // So few at a time that none waits for another; not less than the policy promises.
    private double Quiet => Math.Max(_min, _limit / QuietShare);

    /// <summary>Takes a cohort in.</summary>
    /// <param name="median">The median time to the head of an answer.</param>
    /// <param name="peak">The most that were in flight.</param>
    /// <param name="measurementIsDue">The unhurried latency was measured long ago.</param>
    /// <returns>Whether the application had so little to do that this measured the unhurried latency.</returns>
    public bool Take(TimeSpan median, int peak, bool measurementIsDue)
    {
        var milliseconds = Math.Max(median.TotalMilliseconds, 0.001);
        var isFirst = double.IsNaN(_unhurriedMilliseconds);
        var isQuiet = IsMeasuring || peak <= Quiet;
        var isFull = peak >= Current;
        if (isQuiet || isFirst) Learn(milliseconds, isFirst);

        if (!IsMeasuring && peak >= _limit / 2) Follow(milliseconds);
        IsMeasuring = false;
        // A limit that isn't reached holds nothing back, so that it doesn't matter what it was derived from.
        if (!isQuiet && isFull && (isFirst || measurementIsDue || IsInDoubt)) Measure();
        return isQuiet;
    }

    /// <summary>Clients gave up before they were answered: whatever the latency is, it is far too long.</summary>
    public void Halve()
    {
        IsMeasuring = false;
        _hasShrunk = true;
        _limit = Math.Max(_limit * SteepestGradient, _min);
    }

    // Half of the limit gone since it was last measured: there is less capacity, or the application has itself become slower and the
    // old measure is worth nothing.
    private bool IsInDoubt => _limit < _highest / 2;

    // A measurement counts at once; what quiet moments happen to show is smoothed, since there are many of them.
    private void Learn(double milliseconds, bool isFirst) =>
        _unhurriedMilliseconds = isFirst || IsMeasuring ? milliseconds : 0.8 * _unhurriedMilliseconds + 0.2 * milliseconds;

    // A limit that isn't nearly reached is neither too low nor too high, as far as one can know.
    private void Follow(double milliseconds)
    {
        var gradient = Math.Clamp(Tolerance * _unhurriedMilliseconds / milliseconds, SteepestGradient, 1);
        _hasShrunk |= gradient < 1;
        // Until the capacity has once shown itself, it may be anywhere.
        var headroom = _hasShrunk ? Math.Sqrt(_limit) : _limit / 2;
        _limit = Math.Clamp(_limit * gradient + headroom, _min, _max);
        _highest = Math.Max(_highest, _limit);
    }

    private void Measure()
    {
        IsMeasuring = Quiet < _limit;
        _highest = _limit;
    }
}
