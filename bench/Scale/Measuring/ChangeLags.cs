using System.Diagnostics;

namespace Mesh.Scale.Measuring;

/// <summary>For each change the time from its event at the API server to the acknowledgement of the last proxy that subscribes to it.</summary>
internal sealed class ChangeLags
{
    private readonly Lock _gate = new();
    private List<double> _milliseconds = [];
    private int _outstanding;

    public int Outstanding => Volatile.Read(ref _outstanding);

    public void Expect() => Interlocked.Increment(ref _outstanding);

    public void Record(Change change, long timestamp)
    {
        lock (_gate) _milliseconds.Add(Stopwatch.GetElapsedTime(change.PublishedAt, timestamp).TotalMilliseconds);
        Interlocked.Decrement(ref _outstanding);
    }

    /// <summary>What was recorded since the last call.</summary>
    public Quantiles Take()
    {
        lock (_gate)
        {
            var taken = Quantiles.Of(_milliseconds);
            _milliseconds = [];
            return taken;
        }
    }
}
