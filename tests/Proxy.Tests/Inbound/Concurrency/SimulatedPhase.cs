using Mesh.Proxy.Inbound.Concurrency;

namespace Mesh.Proxy.Tests.Inbound.Concurrency;

/// <summary>What became of the requests of one stretch of time.</summary>
internal sealed class SimulatedPhase(double capacity, TimeSpan duration)
{
    private readonly List<TimeSpan> _latencies = [];
    private readonly Dictionary<PriorityLevel, int> _served = [];
    private readonly Dictionary<PriorityLevel, int> _shed = [];

    private long _limits;
    private int _arrivals;

    public int LimitAtEnd { get; set; }

    /// <summary>The limit that requests met, on average.</summary>
    public double MeanLimit => (double)_limits / _arrivals;

    /// <summary>The most that were in flight.</summary>
    public int Peak { get; private set; }

    /// <summary>Served requests as a share of what the service could have served.</summary>
    public double Utilisation => _latencies.Count / (capacity * duration.TotalSeconds);

    public int ServedCount => _latencies.Count;

    public int ShedCount => _shed.Values.Sum();

    public void Arrived(int limit)
    {
        _limits += limit;
        _arrivals++;
    }

    public void Admitted(int inFlight) => Peak = Math.Max(Peak, inFlight);

    public void Shed(PriorityLevel level) => _shed[level] = _shed.GetValueOrDefault(level) + 1;

    public void Served(PriorityLevel level, TimeSpan latency)
    {
        _latencies.Add(latency);
        _served[level] = _served.GetValueOrDefault(level) + 1;
    }

    public TimeSpan Percentile(int percent) => _latencies.Order().ElementAt((_latencies.Count - 1) * percent / 100);

    /// <summary>Served requests of a level as a share of those that came.</summary>
    public double ServedShare(PriorityLevel level)
    {
        double served = _served.GetValueOrDefault(level);
        return served / Math.Max(served + _shed.GetValueOrDefault(level), 1);
    }
}
