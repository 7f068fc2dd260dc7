using Mesh.Bench.Load;
using Mesh.Bench.Measuring;
using Mesh.Bench.Peers;

namespace Mesh.Bench.Suites;

/// <summary>Whether pods get their certificates while somebody asks for what is refused, as fast as it is refused.</summary>
internal sealed class IdentitySuite(TimeProvider time) : IRoundSuite
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(3);

    private CertifyLoad? _load;

    public string Name => "Identity flood";

    public string Description =>
        "Bad requests for certificates (no token, another key's token, no signing request) over 16 connections, 8 under way on each, and good ones beside them, each of another pod; the operator alone on its core, and it verifies tokens itself.";

    public IReadOnlyList<string> Columns => ["bad/s", "CPU µs per request", "good asked", "good served", "good p99 ms", "good p99 ms, no flood", "resident MB"];

    public async Task<IReadOnlyList<IPeer>> StartAsync(Stage stage, BenchOptions options, CancellationToken stop)
    {
        var peer = await IdentityPeer.StartAsync(stage, stop);
        _load = new(peer, time);
        await _load.FloodAsync(WarmUp, stop);
        return [peer];
    }

    public async Task<IReadOnlyList<double>> MeasureAsync(IPeer peer, BenchOptions options, CancellationToken stop)
    {
        var (before, began) = (ProcessCost.Of(peer.ProcessIds), time.GetTimestamp());
        var flood = _load!.FloodAsync(options.RoundLength, stop);
        var (asked, got, latency) = await _load.AskAsync(options.RoundLength, stop);
        var refused = await flood;
        var (after, took) = (ProcessCost.Of(peer.ProcessIds), time.GetElapsedTime(began));
        var (_, _, calm) = await _load.AskAsync(options.RoundLength, stop);
        return
        [
            refused / took.TotalSeconds, (after.Cpu - before.Cpu).TotalMicroseconds / (refused + asked), asked, got,
            latency.Quantile(0.99).TotalMilliseconds, calm.Quantile(0.99).TotalMilliseconds, after.ResidentBytes / 1e6,
        ];
    }
}
