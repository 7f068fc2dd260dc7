namespace Mesh.Rig.Traffic;

/// <summary>Counts up a <see cref="Tally"/>; for one thread at a time.</summary>
internal sealed class TallyCount
{
    private readonly LatencyHistogram _latencies = new();
    private long _total;
    private long _failed;

    public void Add(bool succeeded, TimeSpan latency)
    {
        _total++;
        if (!succeeded) _failed++;
        _latencies.Record(latency);
    }

    public Tally ToTally() => new(_total, _failed, _latencies.Quantile(0.5), _latencies.Quantile(0.99));
}
