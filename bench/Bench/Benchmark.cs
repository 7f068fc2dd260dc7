using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using Mesh.Bench.Load;
using Mesh.Bench.Measuring;
using Mesh.Bench.Peers;
using Mesh.Bench.Report;
using Mesh.Bench.Suites;
using Mesh.Rig;

namespace Mesh.Bench;

/// <summary>One run: every suite, in each round every peer, so that a machine whose speed drifts treats all alike.</summary>
internal sealed class Benchmark(BenchOptions options, TextWriter output, TimeProvider time)
{
    public async Task<int> RunAsync(CancellationToken stop)
    {
        foreach (var program in (string?[])[options.Proxy, options.Baseline])
        {
            if (program is not null && !File.Exists(program)) throw new RigFailedException($"there is no program {program}; `make proxy` publishes it.");
        }
        if (Cores.Apart && OperatingSystem.IsLinux()) KeepOffTheMeasuredCore();

        await using var tcp = new TcpSuite(time);
        await using var mutualTls = new MutualTlsSuite(time);
        await using var idleTcp = new IdleSuite(http: false);
        await using var idleHttp = new IdleSuite(http: true);
        await using var churnTcp = new ChurnSuite(ChurnKind.Tcp, time);
        await using var churnHttp11 = new ChurnSuite(ChurnKind.Http11, time);
        await using var churnHttp2 = new ChurnSuite(ChurnKind.Http2, time);
        await using var churnSilent = new ChurnSuite(ChurnKind.Silent, time);
        ISuite[] suites = [new HttpSuite(), tcp, mutualTls, idleTcp, idleHttp, churnTcp, churnHttp11, churnHttp2, churnSilent, new WebhookSuite(time), new IdentitySuite(time)];
        var wanted = suites.Where(suite => options.Wants(suite.Name)).ToList();
        if (wanted.Count == 0) throw new RigFailedException($"--only: found '{string.Join(' ', options.Only)}', expected a part of {string.Join(", ", suites.Select(suite => $"'{suite.Name}'"))}");

        var report = $"# Benchmark of {time.GetLocalNow():yyyy-MM-dd}\n\n{Machine.Describe()}; {Cores.Describe()}.\n\n";
        await output.WriteAsync(report);
        foreach (var suite in wanted)
        {
            var table = Table.Write(suite.Name, suite.Description, suite.Columns, await RunAsync(suite, stop));
            await output.WriteAsync(table);
            report += table;
        }
        if (options.Results is { } folder) await SaveAsync(folder, report, stop);
        return 0;
    }

    private async Task<IReadOnlyList<Sample>> RunAsync(ISuite suite, CancellationToken stop)
    {
        await using var stage = new Stage(options, time);
        var peers = await suite.StartAsync(stage, stop);
        var samples = new List<Sample>();
        for (var round = 1; round <= suite.Rounds(options); round++)
        {
            foreach (var peer in peers)
            {
                ShowProgress($"{suite.Name}: round {round} of {suite.Rounds(options)}, {peer.Name}");
                samples.Add(new(peer.Name, await suite.MeasureAsync(peer, options, stop)));
            }
        }
        ShowProgress("");
        return samples;
    }

    private async Task SaveAsync(string folder, string report, CancellationToken stop)
    {
        Directory.CreateDirectory(folder);
        var file = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{time.GetLocalNow():yyyy-MM-dd}.md"));
        await File.WriteAllTextAsync(file, report, stop);
        await output.WriteLineAsync($"Saved as {file}");
    }

    // One line that is written over, for who watches; a log gets the tables alone.
    private static void ShowProgress(string doing)
    {
        if (!Console.IsErrorRedirected) Console.Error.Write($"\r\u001b[K{doing}");
    }

    [SupportedOSPlatform("linux")]
    private static void KeepOffTheMeasuredCore()
    {
        using var self = Process.GetCurrentProcess();
        self.ProcessorAffinity = (nint)((1L << Math.Min(Environment.ProcessorCount, 63)) - 2);
    }
}
