using Mesh.Rig.Traffic;

namespace Shop.Demo.Traffic;

/// <summary>What the client of one shop saw: over the run, in each scene, and just now.</summary>
internal sealed class Outcomes(TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Queue<(long Ended, bool Succeeded, TimeSpan Latency)> _recent = new();
    private readonly Dictionary<string, TallyCount> _scenes = [];
    private TallyCount _total = new();

    public Tally Total
    {
        get
        {
            lock (_gate) return _total.ToTally();
        }
    }

    /// <summary>The requests that were answered or given up in the last second.</summary>
    public Tally Recent
    {
        get
        {
            lock (_gate)
            {
                Forget();
                var count = new TallyCount();
                foreach (var (_, succeeded, latency) in _recent) count.Add(succeeded, latency);
                return count.ToTally();
            }
        }
    }

    public Tally In(string scene)
    {
        lock (_gate) return _scenes.TryGetValue(scene, out var count) ? count.ToTally() : default;
    }

    public void Add(string scene, bool succeeded, TimeSpan latency)
    {
        lock (_gate)
        {
            Forget();
            _recent.Enqueue((time.GetTimestamp(), succeeded, latency));
            _total.Add(succeeded, latency);
            if (!_scenes.TryGetValue(scene, out var count)) _scenes[scene] = count = new();
            count.Add(succeeded, latency);
        }
    }

    /// <summary>Starts anew, after the warm-up.</summary>
    public void Reset()
    {
        lock (_gate)
        {
            _total = new();
            _scenes.Clear();
        }
    }

    private void Forget()
    {
        while (_recent.TryPeek(out var oldest) && time.GetElapsedTime(oldest.Ended) > Window) _recent.Dequeue();
    }
}
