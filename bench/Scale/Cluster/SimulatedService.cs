using System.Globalization;
using Mesh.Scale.Measuring;

namespace Mesh.Scale.Cluster;

/// <summary>A service, its pods, and the changes of it that not all of its callers have acknowledged.</summary>
internal sealed class SimulatedService(int index)
{
    private readonly Lock _gate = new();
    private readonly List<Change> _pending = [];
    private int _callers;

    public int Index { get; } = index;

    public string Name { get; } = string.Create(CultureInfo.InvariantCulture, $"service-{index}");

    public string Namespace { get; } = string.Create(CultureInfo.InvariantCulture, $"team-{index / ClusterSize.ServicesPerNamespace}");

    public SimulatedPod[] Pods { get; } = new SimulatedPod[ClusterSize.EndpointsPerService];

    public void AddCaller() => _callers++;

    /// <summary>A change is about to be published.</summary>
    /// <returns>False where nobody waits for it.</returns>
    public bool Expect(Change change)
    {
        change.Missing = _callers;
        if (_callers == 0) return false;
        lock (_gate) _pending.Add(change);
        return true;
    }

    /// <summary>A caller, which had acknowledged the pods up to one address, now has those up to another.</summary>
    public void Acknowledged(uint before, uint now, long timestamp, ChangeLags lags)
    {
        lock (_gate)
        {
            for (var i = _pending.Count - 1; i >= 0; i--)
            {
                var change = _pending[i];
                if (change.Address <= before || change.Address > now || --change.Missing > 0) continue;
                _pending.RemoveAt(i);
                lags.Record(change, timestamp);
            }
        }
    }
}
