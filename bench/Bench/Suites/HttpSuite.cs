using Mesh.Bench.Load;
using Mesh.Bench.Measuring;
using Mesh.Bench.Peers;

namespace Mesh.Bench.Suites;

/// <summary>What one hop costs for requests answered with 1 KiB, with nothing asked of it and with every policy field in use.</summary>
internal sealed class HttpSuite : ISuite
{
    private const int Clients = 32;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);

    public string Name => "HTTP/1.1, 1 KiB";

    public string Description => $"Closed loop over {Clients} connections; the hop alone on its core.";

    public IReadOnlyList<string> Columns => ["requests/s", "CPU µs per request", "resident MB"];

    public int Rounds(BenchOptions options) => options.Rounds;

    public async Task<IReadOnlyList<IPeer>> StartAsync(Stage stage, CancellationToken stop)
    {
        var backend = (await Nginx.StartBackendAsync(stage, stop)).Address;
        List<IPeer> peers =
        [
            new Direct(backend),
            await HAProxy.StartAsync(stage, "http", backend, stop),
            await Nginx.StartProxyAsync(stage, backend, stop),
        ];
        foreach (var build in stage.Builds)
        {
            peers.Add(await MeshPeer.StartAsync(stage, build, "", "http", backend, policy: null, stop));
            peers.Add(await MeshPeer.StartAsync(stage, build, ", every policy", "http", backend, "everything.yaml", stop));
        }
        foreach (var peer in peers) await H2Load.RunAsync(peer.Address, http2: false, Clients, WarmUp, stop);
        return peers;
    }

    public async Task<IReadOnlyList<double>> MeasureAsync(IPeer peer, BenchOptions options, CancellationToken stop)
    {
        var before = ProcessCost.Of(peer.ProcessIds);
        var (requests, perSecond) = await H2Load.RunAsync(peer.Address, http2: false, Clients, options.RoundLength, stop);
        var after = ProcessCost.Of(peer.ProcessIds);
        return [perSecond, (after.Cpu - before.Cpu).TotalMicroseconds / requests, after.ResidentBytes / 1e6];
    }
}
