using System.Net.Sockets;
using System.Text;
using Mesh.Bench.Load;
using Mesh.Bench.Measuring;
using Mesh.Bench.Peers;
using Mesh.Rig;

namespace Mesh.Bench.Suites;

/// <summary>What connections cost that are held and say nothing: plain TCP ones, or HTTP/1.1 ones after their first request.</summary>
internal sealed class IdleSuite(bool http) : IRoundSuite, IAsyncDisposable
{
    private static readonly byte[] Request = "GET / HTTP/1.1\r\nHost: web.bench\r\n\r\n"u8.ToArray();

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly EchoServer _echo = new();

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
        foreach (var warm in await TcpLoad.IdleAsync(peer.Address, 100, UseAsync)) warm.Dispose();
        await Task.Delay(TimeSpan.FromSeconds(1), stop);
        var before = ProcessCost.Of(peer.ProcessIds).ResidentBytes;
        // A relay has a connection of its own for each; those of idle HTTP connections are few, and shared.
        var count = Math.Min(options.IdleConnections, http ? Descriptors.Connections : Descriptors.RelayedConnections);
        var sockets = await TcpLoad.IdleAsync(peer.Address, count, UseAsync);
        await Task.Delay(TimeSpan.FromSeconds(2), stop);
        var after = ProcessCost.Of(peer.ProcessIds).ResidentBytes;
        // Each is held still: it answers once more.
        foreach (var socket in sockets)
        {
            await UseAsync(socket);
            socket.Dispose();
        }
        return [sockets.Count, before / 1e6, after / 1e6, (after - before) / 1024.0 / sockets.Count];
    }

    public ValueTask DisposeAsync() => _echo.DisposeAsync();

    private async Task UseAsync(Socket socket)
    {
        try
        {
            await (http ? AskAsync(socket) : TcpLoad.PingAsync(socket, new byte[1])).WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            throw new RigFailedException($"{socket.RemoteEndPoint} has not answered on a connection within {Patience.TotalSeconds:0} s");
        }
    }

    private static async Task AskAsync(Socket socket)
    {
        await socket.SendAsync(Request);
        var buffer = new byte[4096];
        var received = 0;
        // The backend's answer ends in its 1 KiB of x.
        while (received == 0 || !Encoding.ASCII.GetString(buffer, 0, received).EndsWith("xxxx", StringComparison.Ordinal))
        {
            var count = await socket.ReceiveAsync(buffer.AsMemory(received));
            if (count == 0) throw new RigFailedException($"an idle connection was closed by {socket.RemoteEndPoint}");
            received += count;
        }
    }
}
