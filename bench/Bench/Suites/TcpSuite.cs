using Mesh.Bench.Load;
using Mesh.Bench.Measuring;
using Mesh.Bench.Peers;

namespace Mesh.Bench.Suites;

/// <summary>What relaying TCP costs: bytes in bulk, short round trips, and connections that come and go.</summary>
internal sealed class TcpSuite(TimeProvider time) : ISuite, IAsyncDisposable
{
    private const int Connections = 8;

    private readonly EchoServer _backend = new();

    public string Name => "TCP";

    public string Description => $"Closed loops over {Connections} connections to a server that echoes: 256 KiB blocks; 100 bytes at a time; a connection for each byte.";

    public IReadOnlyList<string> Columns => ["MB/s", "CPU ms per GB", "round trips/s", "CPU µs per round trip", "connections/s", "CPU µs per connection"];

    public int Rounds(BenchOptions options) => options.Rounds;

    public async Task<IReadOnlyList<IPeer>> StartAsync(Stage stage, CancellationToken stop)
    {
        List<IPeer> peers = [new Direct(_backend.Address), await HAProxy.StartAsync(stage, "tcp", _backend.Address, stop)];
        foreach (var build in stage.Builds) peers.Add(await MeshPeer.StartAsync(stage, build, "", "tcp-echo", _backend.Address, policy: null, stop));
        return peers;
    }

    public async Task<IReadOnlyList<double>> MeasureAsync(IPeer peer, BenchOptions options, CancellationToken stop)
    {
        var seconds = options.RoundLength.TotalSeconds;
        var (bytes, bulk) = await CostOfAsync(peer, () => TcpLoad.BulkAsync(peer.Address, Connections, options.RoundLength, time));
        var (trips, pingPong) = await CostOfAsync(peer, () => TcpLoad.PingPongAsync(peer.Address, Connections, options.RoundLength, time));
        var (opened, opening) = await CostOfAsync(peer, () => TcpLoad.ConnectionsAsync(peer.Address, Connections, options.RoundLength, time));
        return
        [
            bytes / 1e6 / seconds, bulk.TotalMilliseconds / (bytes / 1e9),
            trips / seconds, pingPong.TotalMicroseconds / trips,
            opened / seconds, opening.TotalMicroseconds / opened,
        ];
    }

    public ValueTask DisposeAsync() => _backend.DisposeAsync();

    private static async Task<(double Done, TimeSpan Cpu)> CostOfAsync(IPeer peer, Func<Task<double>> work)
    {
        var before = ProcessCost.Of(peer.ProcessIds);
        var done = await work();
        return (done, ProcessCost.Of(peer.ProcessIds).Cpu - before.Cpu);
    }
}
