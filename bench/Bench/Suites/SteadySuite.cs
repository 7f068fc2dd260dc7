using Mesh.Bench.Load;
using Mesh.Bench.Measuring;
using Mesh.Bench.Peers;
using Mesh.Rig.Traffic;

namespace Mesh.Bench.Suites;

/// <summary>What a proxy collects, and whether it grows, while nothing changes for minutes.</summary>
internal sealed class SteadySuite : ISuite
{
    private const double PerSecond = 1000;

    public string Name => "Steady state";

    public string Description =>
        $"HTTP/1.1, 1 KiB, at {PerSecond:N0} requests a second, to all rows at the same time; garbage collections by generation (`mesh_gc_collections_total`) and resident memory from after the warm-up to the end, of two hops both together.";

    public IReadOnlyList<string> Columns => ["minutes", "requests", "generation 0", "generation 1", "generation 2", "resident MB before", "resident MB after"];

    public async Task<IReadOnlyList<Sample>> RunAsync(Stage stage, BenchOptions options, Action<string> progress, CancellationToken stop)
    {
        var backend = (await Nginx.StartBackendAsync(stage, stop)).Address;
        var peers = await Rows.StartAsync([Row.Mesh, Row.MeshMutualTls], stage, Wire.Http11, backend, stop);
        progress($"{Name}: {options.SteadyLength + options.SteadyWarmUp}");
        return await Task.WhenAll(peers.Cast<MeshPeer>().Select(peer => MeasureAsync(stage, peer, options, stop)));
    }

    private static async Task<Sample> MeasureAsync(Stage stage, MeshPeer peer, BenchOptions options, CancellationToken stop)
    {
        await ConstantRate.RunAsync(peer.Address, PerSecond, options.SteadyWarmUp, stop);
        var (before, resident) = (await CollectionsAsync(stage, peer, stop), ProcessCost.Of(peer.ProcessIds).ResidentBytes);
        var requests = (await ConstantRate.RunAsync(peer.Address, PerSecond, options.SteadyLength, stop)).Count;
        var after = await CollectionsAsync(stage, peer, stop);
        return new(peer.Name,
        [
            options.SteadyLength.TotalMinutes, requests, .. after.Zip(before, (now, then) => now - then),
            resident / 1e6, ProcessCost.Of(peer.ProcessIds).ResidentBytes / 1e6,
        ]);
    }

    /// <returns>Of all hops, by generation.</returns>
    private static async Task<double[]> CollectionsAsync(Stage stage, MeshPeer peer, CancellationToken stop)
    {
        var pages = await Task.WhenAll(peer.Hops.Select(hop => stage.Client.GetStringAsync(hop.Metrics, stop)));
        return [.. Enumerable.Range(0, 3).Select(generation => pages.Sum(page => MetricsText.Sum(page, "mesh_gc_collections_total", $"generation=\"{generation}\"")))];
    }
}
