using Mesh.Bench.Load;
using Mesh.Bench.Measuring;
using Mesh.Bench.Peers;

namespace Mesh.Bench.Suites;

/// <summary>What hops add to the time that a request takes, at a rate that all of them bear easily.</summary>
internal sealed class LatencySuite : IRoundSuite
{
    /// <summary>Of what the slowest peer does in a closed loop.</summary>
    private const double ShareOfCapacity = 0.4;

    private const double P99 = 0.99;
    private static readonly double[] Quantiles = [0.5, 0.9, P99, 0.999];
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, TimeSpan> _added = [];
    private Latencies _direct = new(0);
    private double _rate;

    public string Name => "Latency at a constant rate, HTTP/1.1, 1 KiB";

    public string Description =>
        $"Microseconds. `direct` is how long a request takes; the others are what they add to that of the same round, quantile by quantile. A latency counts from when its request was due. The rate is {ShareOfCapacity:0 %} of what the slowest of them does in a closed loop.";

    public IReadOnlyList<string> Columns => ["requests/s", "p50", "p90", "p99", "p99.9", "times HAProxy's p99"];

    public bool IsQuick => true;

    public async Task<IReadOnlyList<IPeer>> StartAsync(Stage stage, BenchOptions options, CancellationToken stop)
    {
        await using var closedLoop = new HttpTraffic(http2: false, 1024);
        var peers = await (options.Quick ? [Row.Direct, .. Rows.OneHop] : Rows.All).StartAsync(stage, Wire.Http11, await closedLoop.StartBackendAsync(stage, stop), stop);
        _rate = double.MaxValue;
        foreach (var peer in peers)
        {
            _rate = Math.Min(_rate, ShareOfCapacity * await closedLoop.RunAsync(peer.Address, WarmUp, stop) / WarmUp.TotalSeconds);
            await ConstantRate.RunAsync(peer.Address, _rate, WarmUp / 10, stop);
        }
        return peers;
    }

    public async Task<IReadOnlyList<double>> MeasureAsync(IPeer peer, BenchOptions options, CancellationToken stop)
    {
        var latencies = await ConstantRate.RunAsync(peer.Address, _rate, options.RoundLength, stop);
        if (peer is Direct)
        {
            _direct = latencies;
            return [_rate, .. Quantiles.Select(share => latencies.Quantile(share).TotalMicroseconds), double.NaN];
        }
        var added = _added[peer.Name] = Added(P99);
        var ratio = peer.Beside is { } beside && _added.TryGetValue(beside, out var other) ? added / other : double.NaN;
        return [_rate, .. Quantiles.Select(share => Added(share).TotalMicroseconds), ratio];

        TimeSpan Added(double share) => latencies.Quantile(share) - _direct.Quantile(share);
    }
}
