using Mesh.Bench.Load;
using Mesh.Bench.Measuring;
using Mesh.Bench.Peers;

namespace Mesh.Bench.Suites;

/// <summary>What it costs to give a pod its sidecar, when a thousand are created at once, and when one is.</summary>
internal sealed class WebhookSuite(TimeProvider time) : IRoundSuite
{
    private const int Concurrent = 1_000;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(3);

    public string Name => "Injection webhook";

    public string Description => $"Admission reviews of pods that get a sidecar, over TLS and HTTP/2: {Concurrent:N0} under way at a time, then one; the operator alone on its core.";

    public IReadOnlyList<string> Columns => ["pods/s", "p50 ms", "p99 ms", "CPU µs per pod", "resident MB", "p50 ms, one at a time", "p99 ms, one at a time"];

    public async Task<IReadOnlyList<IPeer>> StartAsync(Stage stage, BenchOptions options, CancellationToken stop)
    {
        var peer = await OperatorPeer.StartAsync(stage, stop);
        await ReviewLoad.RunAsync(peer.Client, Concurrent, WarmUp, time, stop);
        return [peer];
    }

    public async Task<IReadOnlyList<double>> MeasureAsync(IPeer peer, BenchOptions options, CancellationToken stop)
    {
        var client = ((OperatorPeer)peer).Client;
        var (before, began) = (ProcessCost.Of(peer.ProcessIds), time.GetTimestamp());
        var (pods, latency) = await ReviewLoad.RunAsync(client, Concurrent, options.RoundLength, time, stop);
        var (after, took) = (ProcessCost.Of(peer.ProcessIds), time.GetElapsedTime(began));
        var (_, alone) = await ReviewLoad.RunAsync(client, 1, options.RoundLength, time, stop);
        return
        [
            pods / took.TotalSeconds, latency.Quantile(0.5).TotalMilliseconds, latency.Quantile(0.99).TotalMilliseconds,
            (after.Cpu - before.Cpu).TotalMicroseconds / pods, after.ResidentBytes / 1e6,
            alone.Quantile(0.5).TotalMilliseconds, alone.Quantile(0.99).TotalMilliseconds,
        ];
    }
}
