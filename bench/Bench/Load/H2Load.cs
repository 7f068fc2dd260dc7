using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Mesh.Bench.Measuring;
using Mesh.Bench.Peers;
using Mesh.Rig;

namespace Mesh.Bench.Load;

/// <summary>A closed loop of HTTP requests, by nghttp2's h2load.</summary>
internal static partial class H2Load
{
    /// <param name="address">Whom to ask.</param>
    /// <param name="http2">Whether with prior knowledge of HTTP/2; HTTP/1.1 otherwise.</param>
    /// <param name="clients">Connections; each has one request at a time under way, or ten with HTTP/2.</param>
    /// <param name="length">For how long.</param>
    /// <param name="stop">Kills it.</param>
    /// <returns>Requests answered with 2xx, and how many a second.</returns>
    public static async Task<(long Requests, double PerSecond)> RunAsync(IPEndPoint address, bool http2, int clients, TimeSpan length, CancellationToken stop)
    {
        var seconds = Math.Max(1, (int)length.TotalSeconds);
        var succeeded = await RunAsync(address, http2 ? ["-m", "10"] : ["--h1"], clients, seconds, stop);
        return (succeeded, succeeded / (double)seconds);
    }

    /// <summary>The time that so many of a hundred HTTP/1.1 requests take at most.</summary>
    /// <param name="percent">How many.</param>
    /// <param name="address">Whom to ask.</param>
    /// <param name="clients">Connections; each has one request at a time under way.</param>
    /// <param name="length">For how long.</param>
    /// <param name="folder">Where every latency is written down.</param>
    /// <param name="stop">Kills it.</param>
    public static async Task<TimeSpan> PercentileAsync(int percent, IPEndPoint address, int clients, TimeSpan length, string folder, CancellationToken stop)
    {
        var log = Path.Combine(folder, "latencies.tsv");
        File.Delete(log);
        await RunAsync(address, ["--h1", $"--log-file={log}"], clients, Math.Max(1, (int)length.TotalSeconds), stop);
        // When it began, its status, and how long it took in microseconds: h2load(1).
        var sorted = File.ReadLines(log).Select(line => long.Parse(line.AsSpan(line.LastIndexOf('\t') + 1), CultureInfo.InvariantCulture)).Order().ToArray();
        return TimeSpan.FromMicroseconds(sorted[(sorted.Length - 1) * percent / 100]);
    }

    private static async Task<long> RunAsync(IPEndPoint address, string[] options, int clients, int seconds, CancellationToken stop)
    {
        string[] line = [.. Cores.Rest, Stage.Installed("h2load"), .. options, "-c", $"{clients}", "-t", "1", "-D", $"{seconds}", $"http://{address}/"];
        using var process = Process.Start(new ProcessStartInfo(line[0], line[1..]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = await process.StandardOutput.ReadToEndAsync(stop);
        await process.WaitForExitAsync(stop);

        var statuses = Statuses().Match(output);
        if (process.ExitCode != 0 || !statuses.Success) throw new RigFailedException($"h2load to {address} failed with exit code {process.ExitCode}:\n{output}{await process.StandardError.ReadToEndAsync(stop)}");
        var succeeded = Number(statuses.Groups[1]);
        if (Number(statuses.Groups[2]) + Number(statuses.Groups[3]) + Number(statuses.Groups[4]) > 0) throw new RigFailedException($"h2load to {address}: not every answer was 2xx:\n{output}");
        return succeeded;
    }

    private static long Number(Group group) => long.Parse(group.ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"status codes: (\d+) 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx")]
    private static partial Regex Statuses();
}
