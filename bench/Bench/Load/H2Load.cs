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
    /// <param name="options">As h2load(1) has them: what is spoken and sent.</param>
    /// <param name="path">What to ask for.</param>
    /// <param name="connections">So many.</param>
    /// <param name="length">For how long, in whole seconds.</param>
    /// <param name="stop">Kills it.</param>
    /// <returns>Requests answered with 2xx.</returns>
    public static async Task<double> RunAsync(IPEndPoint address, string[] options, string path, int connections, TimeSpan length, CancellationToken stop)
    {
        string[] line =
        [
            .. Cores.Rest, Stage.Installed("h2load"), .. options, "-c", $"{connections}", "-t", "1", "-D", $"{Math.Max(1, (int)length.TotalSeconds)}", $"http://{address}{path}",
        ];
        using var process = Process.Start(new ProcessStartInfo(line[0], line[1..]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = await process.StandardOutput.ReadToEndAsync(stop);
        await process.WaitForExitAsync(stop);

        var statuses = Statuses().Match(output);
        if (process.ExitCode != 0 || !statuses.Success) throw new RigFailedException($"h2load to {address} failed with exit code {process.ExitCode}:\n{output}{await process.StandardError.ReadToEndAsync(stop)}");
        var succeeded = Number(statuses.Groups[1]);
        if (succeeded is 0 || Number(statuses.Groups[2]) + Number(statuses.Groups[3]) + Number(statuses.Groups[4]) > 0) throw new RigFailedException($"h2load to {address}: not every answer was 2xx:\n{output}");
        return succeeded;
    }

    private static long Number(Group group) => long.Parse(group.ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"status codes: (\d+) 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx")]
    private static partial Regex Statuses();
}
