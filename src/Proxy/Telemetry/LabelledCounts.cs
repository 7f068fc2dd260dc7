using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Mesh.Proxy.Telemetry;

/// <summary>
/// Counts by labels, read when someone looks. Each set of labels has a cell of its own, and counting adds one to it; a counter that is
/// told of each event would look up all its labels each time.
/// </summary>
/// <param name="labels">What a key stands for. Keys come from a bounded set.</param>
internal sealed class LabelledCounts<TKey>(Func<TKey, KeyValuePair<string, object?>[]> labels)
    where TKey : IEquatable<TKey>
{
    private readonly ConcurrentDictionary<TKey, Cell> _cells = new();
    // What comes next is mostly what came last.
    private volatile Cell? _last;

    public IEnumerable<Measurement<long>> Measurements => _cells.Values.Select(cell => cell.Now);

    public void Count(TKey key)
    {
        var cell = _last;
        if (cell is null || !cell.Key.Equals(key)) _last = cell = _cells.GetOrAdd(key, static (key, labels) => new(key, labels(key)), labels);
        cell.Count();
    }

    private sealed class Cell(TKey key, KeyValuePair<string, object?>[] labels)
    {
        private long _count;

        public TKey Key { get; } = key;

        public Measurement<long> Now => new(Interlocked.Read(ref _count), labels);

        public void Count() => Interlocked.Increment(ref _count);
    }
}
