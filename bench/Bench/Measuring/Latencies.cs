namespace Mesh.Bench.Measuring;

/// <summary>Every latency of a round.</summary>
internal sealed class Latencies(int capacity)
{
    private readonly List<TimeSpan> _all = new(capacity);
    private bool _sorted;

    public int Count => _all.Count;

    public void Add(TimeSpan latency)
    {
        _all.Add(latency);
        _sorted = false;
    }

    /// <summary>What this share of them stayed within.</summary>
    public TimeSpan Quantile(double share)
    {
        if (!_sorted) _all.Sort();
        _sorted = true;
        return _all[(int)Math.Ceiling(share * _all.Count) - 1];
    }
}
