using Mesh.Bench.Load;
using Mesh.Bench.Measuring;
using Mesh.Bench.Peers;
using Mesh.Rig;

namespace Mesh.Bench.Suites;

/// <summary>What a unit of work costs: a closed loop through every peer.</summary>
/// <param name="traffic">The work.</param>
/// <param name="rows">Whom it goes through.</param>
/// <param name="quick">Those of a quick run; none: only who names the suite gets it.</param>
internal sealed class CapacitySuite(ITraffic traffic, IReadOnlyList<Row> rows, IReadOnlyList<Row> quick) : IRoundSuite
{
    /// <summary>Where the cost beside HAProxy's is among the figures.</summary>
    public const int Ratio = 3;

    private const double Microseconds = 1e6;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, double> _costs = [];

    public string Name => traffic.Name;

    public string Description => $"{traffic.Description} A closed loop; what is measured, alone on its core.";

    public IReadOnlyList<string> Columns => [$"{traffic.Unit}s/s", $"CPU µs per {traffic.Unit}", $"{traffic.Unit}s/s on a whole core", "times HAProxy's CPU", "resident MB", "times nginx's CPU"];

    public bool IsQuick => quick.Count > 0;

    public async Task<IReadOnlyList<IPeer>> StartAsync(Stage stage, BenchOptions options, CancellationToken stop)
    {
        var peers = await (options.Quick && IsQuick ? quick : rows).StartAsync(stage, traffic.Wire, await traffic.StartBackendAsync(stage, stop), stop);
        foreach (var peer in peers) await RunAsync(peer, WarmUp, stop);
        return peers;
    }

    public async Task<IReadOnlyList<double>> MeasureAsync(IPeer peer, BenchOptions options, CancellationToken stop)
    {
        var before = ProcessCost.Of(peer.ProcessIds);
        var units = await RunAsync(peer, options.RoundLength, stop);
        var after = ProcessCost.Of(peer.ProcessIds);
        var perSecond = units / options.RoundLength.TotalSeconds;
        if (peer is Direct) return [perSecond, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN];

        var cost = _costs[peer.Name] = (after.Cpu - before.Cpu).TotalMicroseconds / units;
        // Which is there for one hop alone.
        var nginx = peer is MeshPeer { Hops.Count: 1 } ? CostOf("nginx") : double.NaN;
        return [perSecond, cost, Microseconds / cost, cost / CostOf(peer.Beside), after.ResidentBytes / 1e6, cost / nginx];
    }

    /// <summary>In the same round: the machine's speed drifts from one to the next.</summary>
    private double CostOf(string? peer) => peer is not null && _costs.TryGetValue(peer, out var cost) ? cost : double.NaN;

    private async Task<double> RunAsync(IPeer peer, TimeSpan length, CancellationToken stop)
    {
        try
        {
            return await traffic.RunAsync(peer.Address, length, stop);
        }
        catch (Exception failure) when (failure is not (RigFailedException or OperationCanceledException))
        {
            throw new RigFailedException($"{Name} through {peer.Name} failed: {failure.Message}");
        }
    }
}
