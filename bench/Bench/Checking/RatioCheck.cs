using System.Globalization;
using System.Runtime.CompilerServices;
using Mesh.Bench.Load;
using Mesh.Bench.Measuring;
using Mesh.Bench.Peers;
using Mesh.Bench.Suites;

namespace Mesh.Bench.Checking;

/// <summary>
/// Whether the proxy's efficiency beside HAProxy's is still what it was: requests that a second of CPU serves, as a share of those
/// that HAProxy serves in the same rounds. CPU time and not the clock, and the same machine for both, so that it holds on a busy one.
/// </summary>
internal sealed class RatioCheck(BenchOptions options, string baseline, TextWriter output, TimeProvider time)
{
    /// <summary>The share of the baseline that is refused.</summary>
    private const double Fall = 0.25;

    // What disturbs one series of rounds seldom disturbs the next; a proxy that is slower is so in each.
    private const int Tries = 3;

    private readonly BenchOptions _options = options with { Rounds = 5, RoundLength = TimeSpan.FromSeconds(1) };

    /// <summary>Measures, and compares with the baseline.</summary>
    /// <returns>Whether no ratio has fallen too far.</returns>
    public async Task<bool> RunAsync(CancellationToken stop)
    {
        var expected = RatioFile.Read(baseline);
        var fallen = 0;
        await foreach (var (name, ratios) in MeasureAsync((name, last) => expected.TryGetValue(name, out var then) && last < Lowest(then), stop))
        {
            if (!expected.TryGetValue(name, out var then))
            {
                await output.WriteLineAsync($"{name}: {Text(ratios.Max())} of HAProxy's, and no baseline in {baseline}: `make bench-check UPDATE=1` writes it.");
                fallen++;
                continue;
            }
            var ok = ratios.Max() >= Lowest(then);
            await output.WriteLineAsync($"{name}: {string.Join(", then ", ratios.Select(Text))} of HAProxy's requests for the same CPU; baseline {Text(then)}, at least {Text(Lowest(then))}: {(ok ? "well" : "FALLEN")}.");
            if (!ok) fallen++;
        }
        if (fallen > 0) await output.WriteLineAsync(Advice);
        return fallen is 0;
    }

    /// <summary>Measures each as often as a check does at most, and writes the medians as the baseline.</summary>
    public async Task UpdateAsync(CancellationToken stop)
    {
        var ratios = new List<(string, double)>();
        await foreach (var (name, measured) in MeasureAsync((_, _) => true, stop)) ratios.Add((name, Spread.Of(measured).Median));
        RatioFile.Write(baseline, ratios);
        await output.WriteLineAsync($"Saved as {baseline}");
    }

    private string Advice => $"""
        A change made the proxy dearer beside HAProxy by more than a quarter. To see where: `make bench ONLY='<name>' BASELINE=<a mesh-proxy
        from before>` puts both into one table. Where it is worth its price: `make bench-check UPDATE=1` writes {baseline}, and the commit says why.
        """;

    private static double Lowest(double then) => then * (1 - Fall);

    /// <param name="again">Whether a ratio, by its name, is to be measured once more after what it was last.</param>
    /// <param name="stop">Ends it early.</param>
    private async IAsyncEnumerable<(string Name, List<double> Ratios)> MeasureAsync(
        Func<string, double, bool> again, [EnumeratorCancellation] CancellationToken stop)
    {
        await using var tcp = new TcpTraffic(TcpKind.RoundTrips, time);
        foreach (var (traffic, rows, name) in new (ITraffic, Row[], string)[]
        {
            (new HttpTraffic(http2: false, 1024), [Row.HAProxy, Row.Mesh], "one hop"),
            (new HttpTraffic(http2: true, 1024), [Row.HAProxy, Row.Mesh], "one hop"),
            (tcp, [Row.HAProxy, Row.Mesh], "one hop"),
            (new HttpTraffic(http2: false, 1024), [Row.HAProxyMutualTls, Row.MeshMutualTls], "two hops, mTLS"),
        })
        {
            var full = $"{traffic.Name}, {name}";
            List<double> ratios = [];
            do
            {
                ratios.Add(await MeasureAsync(traffic, rows, stop));
            }
            while (ratios.Count < Tries && again(full, ratios[^1]));
            yield return (full, ratios);
        }
    }

    private async Task<double> MeasureAsync(ITraffic traffic, Row[] rows, CancellationToken stop)
    {
        await using var stage = new Stage(_options, time);
        var samples = await ((ISuite)new CapacitySuite(traffic, rows, rows)).RunAsync(stage, _options, _ => { }, stop);
        return 1 / Spread.Of(samples.Select(sample => sample.Figures[CapacitySuite.Ratio]).Where(ratio => !double.IsNaN(ratio))).Median;
    }

    private static string Text(double ratio) => ratio.ToString("0.00", CultureInfo.InvariantCulture);
}
