using Mesh.Bench.Load;
using Mesh.Bench.Measuring;
using Mesh.Bench.Peers;

namespace Mesh.Bench.Suites;

/// <summary>What two hops with mutual TLS between them cost: requests over connections that stay, and connections that come and go.</summary>
internal sealed class MutualTlsSuite(TimeProvider time) : ISuite, IAsyncDisposable
{
    private const int Clients = 32;
    private const int Connections = 8;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);

    private readonly EchoServer _echo = new();
    private string _folder = "";

    public string Name => "Mutual TLS";

    public string Description =>
        $"Two hops on one core, TLS 1.3 with P-256 between them. HTTP/1.1, 1 KiB, a closed loop over {Clients} connections; then TCP, {Connections} at a time, a connection and so a handshake for each byte.";

    public IReadOnlyList<string> Columns => ["requests/s", "CPU µs per request", "p99 ms", "handshakes/s", "CPU µs per handshake"];

    public int Rounds(BenchOptions options) => options.Rounds;

    public async Task<IReadOnlyList<IPeer>> StartAsync(Stage stage, CancellationToken stop)
    {
        _folder = stage.Folder;
        var backend = (await Nginx.StartBackendAsync(stage, stop)).Address;
        List<IPeer> peers =
        [
            await HAProxyPair.StartAsync(stage, backend, _echo.Address, time, stop),
        ];
        foreach (var build in stage.Builds) peers.Add(await MeshPair.StartAsync(stage, build, backend, _echo.Address, stop));
        foreach (var peer in peers) await H2Load.RunAsync(peer.Address, http2: false, Clients, WarmUp, stop);
        return peers;
    }

    public async Task<IReadOnlyList<double>> MeasureAsync(IPeer peer, BenchOptions options, CancellationToken stop)
    {
        var before = ProcessCost.Of(peer.ProcessIds);
        var (requests, perSecond) = await H2Load.RunAsync(peer.Address, http2: false, Clients, options.RoundLength, stop);
        var between = ProcessCost.Of(peer.ProcessIds);
        // On its own: who writes every latency down is in the way of who is measured.
        var p99 = await H2Load.PercentileAsync(99, peer.Address, Clients, options.RoundLength, _folder, stop);
        var beforeHandshakes = ProcessCost.Of(peer.ProcessIds);
        var opened = await TcpLoad.ConnectionsAsync(((IPair)peer).Tcp, Connections, options.RoundLength, time);
        var after = ProcessCost.Of(peer.ProcessIds);
        return
        [
            perSecond, (between.Cpu - before.Cpu).TotalMicroseconds / requests, p99.TotalMilliseconds,
            opened / options.RoundLength.TotalSeconds, (after.Cpu - beforeHandshakes.Cpu).TotalMicroseconds / opened,
        ];
    }

    public ValueTask DisposeAsync() => _echo.DisposeAsync();
}
