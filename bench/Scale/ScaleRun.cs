using System.Globalization;
using Mesh.Rig;
using Mesh.Scale.Report;

namespace Mesh.Scale;

/// <summary>One run: every size, each with an operator of its own.</summary>
internal sealed class ScaleRun(ScaleOptions options, TextWriter output, TimeProvider time)
{
    /// <returns>The exit code: 0 where every change reached every proxy that subscribes to it.</returns>
    public async Task<int> RunAsync(CancellationToken stop)
    {
        var results = new List<SizeResult>();
        foreach (var size in options.Sizes)
        {
            await using var trial = new SizeTrial(options, size, rolls: results.Count == 0, ShowProgress, time);
            results.Add(await trial.RunAsync(stop));
            ShowProgress("");
        }
        var report = $"# The operator at scale, {time.GetLocalNow():yyyy-MM-dd}\n\n{Machine.Describe()}. Operator, API server and proxies share its processors; *others* is what else ran on them meanwhile.\n\n{Tables.Write(results)}";
        await output.WriteAsync(report);
        if (options.Results is { } folder) await SaveAsync(folder, report, stop);
        var faults = results.SelectMany(result => result.Faults).ToList();
        foreach (var fault in faults) await output.WriteLineAsync($"FAILED: {fault}");
        return faults.Count == 0 ? 0 : 1;
    }

    private async Task SaveAsync(string folder, string report, CancellationToken stop)
    {
        Directory.CreateDirectory(folder);
        var file = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"scale-{time.GetLocalNow():yyyy-MM-dd}.md"));
        await File.WriteAllTextAsync(file, report, stop);
        await output.WriteLineAsync($"Saved as {file}");
    }

    // One line that is written over, for who watches; a log gets the tables alone.
    private static void ShowProgress(string doing)
    {
        if (!Console.IsErrorRedirected) Console.Error.Write($"\r\u001b[K{doing}");
    }
}
