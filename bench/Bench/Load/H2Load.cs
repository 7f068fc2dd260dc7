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
        string[] protocol = http2 ? ["-m", "10"] : ["--h1"];
        string[] line = [.. Cores.Rest, Stage.Installed("h2load"), .. protocol, "-c", $"{clients}", "-t", "1", "-D", $"{seconds}", $"http://{address}/"];
        using var process = Process.Start(new ProcessStartInfo(line[0], line[1..]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = await process.StandardOutput.ReadToEndAsync(stop);
        await process.WaitForExitAsync(stop);

        var statuses = Statuses().Match(output);
        if (process.ExitCode != 0 || !statuses.Success) throw new RigFailedException($"h2load to {address} failed with exit code {process.ExitCode}:\n{output}{await process.StandardError.ReadToEndAsync(stop)}");
        var succeeded = Number(statuses.Groups[1]);
        if (Number(statuses.Groups[2]) + Number(statuses.Groups[3]) + Number(statuses.Groups[4]) > 0) throw new RigFailedException($"h2load to {address}: not every answer was 2xx:\n{output}");
        return (succeeded, succeeded / (double)seconds);
    }

    private static long Number(Group group) => long.Parse(group.ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"status codes: (\d+) 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx")]
    private static partial Regex Statuses();
}
