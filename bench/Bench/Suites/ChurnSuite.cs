using Mesh.Bench.Load;
using Mesh.Bench.Measuring;
using Mesh.Bench.Peers;

namespace Mesh.Bench.Suites;

/// <summary>What connections leave behind that come and go, a thousand a second.</summary>
internal sealed class ChurnSuite(ChurnKind kind, TimeProvider time) : IRoundSuite, IAsyncDisposable
{
    private const int PerSecond = 1000;

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(5);

    private readonly EchoServer _echo = new();

    public string Name => kind switch
    {
        ChurnKind.Tcp => "Churn of TCP connections",
        ChurnKind.Http11 => "Churn of HTTP/1.1 connections",
        ChurnKind.Http2 => "Churn of HTTP/2 connections",
        _ => "Churn of connections that never send",
    };

    public string Description => $"{PerSecond:N0} are opened each second, used once and closed, after {WarmUp.TotalSeconds:0} s of the same. What is there before and after, a few seconds later.";

    public IReadOnlyList<string> Columns => ["connections", "connections/s", "descriptors before", "descriptors after", "resident MB before", "resident MB after"];

    // What is left behind by one would be another's before.
    public int Rounds(BenchOptions options) => 1;

    public async Task<IReadOnlyList<IPeer>> StartAsync(Stage stage, BenchOptions options, CancellationToken stop)
    {
        var isHttp = kind is ChurnKind.Http11 or ChurnKind.Http2;
        var backend = isHttp ? (await Nginx.StartBackendAsync(stage, stop, http2: kind is ChurnKind.Http2)).Address : _echo.Address;
        var wire = kind switch { ChurnKind.Tcp => Wire.Tcp, ChurnKind.Http11 => Wire.Http11, ChurnKind.Http2 => Wire.Http2, _ => Wire.Unknown };
        return await Rows.StartAsync([Row.Mesh], stage, wire, backend, stop);
    }

    public async Task<IReadOnlyList<double>> MeasureAsync(IPeer peer, BenchOptions options, CancellationToken stop)
    {
        await ChurnLoad.RunAsync(peer.Address, kind, PerSecond, WarmUp, time);
        var (descriptors, memory) = await RestAsync(peer, stop);
        var start = time.GetTimestamp();
        var opened = await ChurnLoad.RunAsync(peer.Address, kind, PerSecond, options.ChurnLength, time);
        var perSecond = opened / time.GetElapsedTime(start).TotalSeconds;
        var (descriptorsAfter, memoryAfter) = await RestAsync(peer, stop);
        return [opened, perSecond, descriptors, descriptorsAfter, memory / 1e6, memoryAfter / 1e6];
    }

    public ValueTask DisposeAsync() => _echo.DisposeAsync();

    private async Task<(double Descriptors, double ResidentBytes)> RestAsync(IPeer peer, CancellationToken stop)
    {
        await Task.Delay(TimeSpan.FromSeconds(3), time, stop);
        return (peer.ProcessIds.Sum(Descriptors.Of), ProcessCost.Of(peer.ProcessIds).ResidentBytes);
    }
}
