using System.Globalization;
using Mesh.Bench.Measuring;
using Mesh.Bench.Peers;
using Mesh.Bench.Report;
using Mesh.Bench.Suites;
using Mesh.Rig;

namespace Mesh.Bench;

/// <summary>One run: the suites that were asked for, one after the other.</summary>
internal sealed class Benchmark(BenchOptions options, TextWriter output, TimeProvider time)
{
    public async Task RunAsync(CancellationToken stop)
    {
        await using var suites = new AllSuites(time);
        var began = time.GetTimestamp();
        var wanted = Wanted(suites.All);
        var report = $"# Benchmark of {time.GetLocalNow():yyyy-MM-dd HH:mm}\n\n{Machine.Describe()}; {Cores.Describe()}. Load average at the start {LoadAverage.Now()}.{LeftOut(suites.All.Except(wanted))}\n\n";
        await output.WriteAsync(report);
        foreach (var suite in wanted)
        {
            await using var stage = new Stage(options, time);
            var table = Table.Write(suite.Name, suite.Description, suite.Columns, await suite.RunAsync(stage, options, ShowProgress, stop));
            ShowProgress("");
            await output.WriteAsync(table);
            report += table;
        }
        var took = $"Measured in {time.GetElapsedTime(began):m\\:ss} minutes; load average at the end {LoadAverage.Now()}.\n";
        await output.WriteAsync(took);
        if (options.Results is { } folder) await SaveAsync(folder, report + took, stop);
    }

    private List<ISuite> Wanted(IReadOnlyList<ISuite> suites)
    {
        var wanted = suites.Where(suite => options.Only.Count > 0 ? options.IsNamed(suite.Name) : suite.IsQuick || !options.Quick).ToList();
        return wanted.Count > 0 ? wanted
            : throw new RigFailedException($"--only: found '{string.Join(' ', options.Only)}', expected a part of {string.Join(", ", suites.Select(suite => $"'{suite.Name}'"))}");
    }

    private string LeftOut(IEnumerable<ISuite> suites) =>
        !options.Quick || options.Only.Count > 0 ? "" : $" A quick run, with fewer and shorter rounds and fewer rows; left out: {string.Join("; ", suites.Select(suite => suite.Name))}.";

    private async Task SaveAsync(string folder, string report, CancellationToken stop)
    {
        Directory.CreateDirectory(folder);
        var file = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{time.GetLocalNow():yyyy-MM-dd-HHmm}.md"));
        await File.WriteAllTextAsync(file, report, stop);
        await output.WriteLineAsync($"Saved as {file}");
    }

    // One line that is written over, for who watches; a log gets the tables alone.
    private static void ShowProgress(string doing)
    {
        if (!Console.IsErrorRedirected) Console.Error.Write($"\r\u001b[K{doing}");
    }
}
