using Mesh.Bench.Load;
using Mesh.Bench.Measuring;
using Mesh.Bench.Peers;

namespace Mesh.Bench.Suites;

/// <summary>What connections cost that are held and say nothing.</summary>
internal sealed class IdleSuite(bool http) : IRoundSuite, IAsyncDisposable
{
    private readonly EchoServer _echo = new();
    private readonly IdleConnections _connections = new(http);

    public string Name => http ? "Idle HTTP/1.1 connections" : "Idle TCP connections";

    public string Description => "Opened, used once, then left alone. Memory per connection is the growth over the same process before them. "
        + (http ? "The connections to the backend are shared." : "Each takes two descriptors of the relay, which bounds how many there can be where the limit is low.");

    public IReadOnlyList<string> Columns => ["connections", "resident MB before", "resident MB", "KiB per connection"];

    // The connections of a round stay open until its peer is stopped: memory once taken is seldom given back.
    public int Rounds(BenchOptions options) => 1;

    public async Task<IReadOnlyList<IPeer>> StartAsync(Stage stage, BenchOptions options, CancellationToken stop)
    {
        var backend = http ? (await Nginx.StartBackendAsync(stage, stop)).Address : _echo.Address;
        return await Rows.StartAsync([Row.HAProxy, Row.Mesh], stage, http ? Wire.Http11 : Wire.Tcp, backend, stop);
    }

    public async Task<IReadOnlyList<double>> MeasureAsync(IPeer peer, BenchOptions options, CancellationToken stop)
    {
        await _connections.CloseAsync(await _connections.OpenAsync(peer.Address, 100));
        await Task.Delay(TimeSpan.FromSeconds(1), stop);
        var before = ProcessCost.Of(peer.ProcessIds).ResidentBytes;
        // A relay has a connection of its own for each; those of idle HTTP connections are few, and shared.
        var count = Math.Min(options.IdleConnections, http ? Descriptors.Connections : Descriptors.RelayedConnections);
        var sockets = await _connections.OpenAsync(peer.Address, count);
        await Task.Delay(TimeSpan.FromSeconds(2), stop);
        var after = ProcessCost.Of(peer.ProcessIds).ResidentBytes;
        await _connections.CloseAsync(sockets);
        return [sockets.Count, before / 1e6, after / 1e6, (after - before) / 1024.0 / sockets.Count];
    }

    public ValueTask DisposeAsync() => _echo.DisposeAsync();
}
