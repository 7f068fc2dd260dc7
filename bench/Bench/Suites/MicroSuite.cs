using System.Diagnostics;
using System.Globalization;
using Mesh.Bench.Measuring;
using Mesh.Bench.Peers;
using Mesh.Rig;

namespace Mesh.Bench.Suites;

/// <summary>Single decisions of the proxy and steps of the operator, by BenchmarkDotNet in a program of its own.</summary>
internal sealed class MicroSuite : ISuite
{
    public string Name => "Micro-benchmarks";

    public string Description =>
        "By BenchmarkDotNet, on the JIT without tiers: three rounds after warm-up, of as many calls as last a tenth of a second. Bytes are those allocated for a call. `bench/Micro` runs them by themselves, at greater length.";

    public IReadOnlyList<string> Columns => ["ns", "bytes"];

    public async Task<IReadOnlyList<Sample>> RunAsync(Stage stage, BenchOptions options, Action<string> progress, CancellationToken stop)
    {
        progress(Name);
        string[] line = [.. Cores.Measured, Programs.Micro, "--table", Directory.CreateDirectory(Path.Combine(stage.Folder, "micro")).FullName];
        using var process = Process.Start(new ProcessStartInfo(line[0], line[1..]) { RedirectStandardOutput = true })!;
        var output = await process.StandardOutput.ReadToEndAsync(stop);
        await process.WaitForExitAsync(stop);
        if (process.ExitCode is not 0) throw new RigFailedException($"mesh-micro failed with exit code {process.ExitCode}:\n{output}");
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).SelectMany(SamplesOf)];
    }

    /// <summary>A line has a benchmark's name, its median, lowest and highest round, and the bytes that it allocates.</summary>
    private static IEnumerable<Sample> SamplesOf(string line)
    {
        var cells = line.Split('\t');
        var figures = cells[1..].Select(cell => double.Parse(cell, CultureInfo.InvariantCulture)).ToArray();
        return figures[..3].Select(nanoseconds => new Sample(cells[0], [nanoseconds, figures[3]]));
    }
}
