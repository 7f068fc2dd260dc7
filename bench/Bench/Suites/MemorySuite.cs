using Mesh.Bench.Load;
using Mesh.Bench.Measuring;
using Mesh.Bench.Peers;

namespace Mesh.Bench.Suites;

/// <summary>What a proxy keeps resident: with nothing to do, under load, and for what it holds. Each figure is of a process of its own.</summary>
internal sealed class MemorySuite : ISuite
{
    private const int KnownUnderLoad = 100;
    private const int Thousand = 1000;
    private const int Few = 100;
    private const double Mebibyte = 1 << 20;
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(1);

    private readonly IdleConnections _idle = new(http: true);

    public string Name => "Memory";

    public string Description =>
        $"Resident MiB, of a process of its own each: a second after it is ready; at the end of a closed loop of HTTP/1.1 over 32 connections, for ours with {KnownUnderLoad} destinations known; what {Thousand:N0} idle HTTP/1.1 connections add, and {Thousand:N0} destinations that were asked once, both to one that has served {Few} connections before.";

    public IReadOnlyList<string> Columns => ["idle", "loaded", "1,000 idle connections", "1,000 known destinations"];

    public bool IsQuick => true;

    public async Task<IReadOnlyList<Sample>> RunAsync(Stage stage, BenchOptions options, Action<string> progress, CancellationToken stop)
    {
        var backend = (await Nginx.StartBackendAsync(stage, stop)).Address;
        var mesh = await MeshManyPeer.StartPlaneAsync(stage, backend, Thousand, stop);
        var samples = new List<Sample>();
        for (var round = 1; round <= (options.Quick ? 1 : options.Rounds); round++)
        {
            progress($"{Name}: round {round}");
            samples.Add(new("HAProxy", [.. await MeasureAsync(() => HAProxy.StartAsync(stage, Wire.Http11, backend, stop), options, stop), double.NaN]));
            samples.Add(new("nginx", [.. await MeasureAsync(() => Nginx.StartProxyAsync(stage, Wire.Http11, backend, stop), options, stop), double.NaN]));
            foreach (var build in stage.Builds)
            {
                Func<Task<IPeer>> start = () => MeshManyPeer.StartAsync(mesh, build, stop);
                var (_, added) = await OfFreshAsync(start, peer => ((MeshManyPeer)peer).AskAsync(Thousand, stop), stop, UseAsync);
                samples.Add(new(build.Name, [.. await MeasureAsync(start, options, stop), added]));
            }
        }
        return samples;
    }

    private async Task<IReadOnlyList<double>> MeasureAsync(Func<Task<IPeer>> start, BenchOptions options, CancellationToken stop)
    {
        var idle = await OfFreshAsync(start, _ => Task.CompletedTask, stop);
        var loaded = await OfFreshAsync(start, async peer =>
        {
            if (peer is MeshManyPeer mesh) await mesh.AskAsync(KnownUnderLoad, stop);
            await H2Load.RunAsync(peer.Address, ["--h1"], "/", 32, options.LoadLength, stop);
        }, stop);
        var connections = await OfFreshAsync(start, async peer => await _idle.OpenAsync(peer.Address, Thousand), stop, UseAsync);
        return [idle.After, loaded.After, connections.Added];
    }

    // Code and buffers that the first request brings are no connection's.
    private async Task UseAsync(IPeer peer) => await _idle.CloseAsync(await _idle.OpenAsync(peer.Address, Few));

    private static async Task<(double After, double Added)> OfFreshAsync(Func<Task<IPeer>> start, Func<IPeer, Task> use, CancellationToken stop, Func<IPeer, Task>? useBefore = null)
    {
        await using var peer = await start();
        if (useBefore is not null) await useBefore(peer);
        await Task.Delay(Settled, stop);
        var before = ProcessCost.Of(peer.ProcessIds).ResidentBytes;
        await use(peer);
        var after = ProcessCost.Of(peer.ProcessIds).ResidentBytes;
        return (after / Mebibyte, (after - before) / Mebibyte);
    }
}
