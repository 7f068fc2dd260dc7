using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace Mesh.EndToEnd.Tests.Meshes;

/// <summary>The load generator of nghttp2: ten connections or as many as told, fifty requests a second on each.</summary>
internal static partial class H2Load
{
    private const int RequestsPerSecondEach = 50, RequestsPerRoundEach = 100;

    /// <summary>Runs rounds of two seconds, fifty requests a second on each connection, until told to stop; the round under way is finished.</summary>
    /// <returns>One report a round.</returns>
    public static async Task<IReadOnlyList<H2LoadReport>> RunUntilAsync(Func<bool> stopped, string protocol, IPEndPoint target, int connections = 10)
    {
        var reports = new List<H2LoadReport>();
        do reports.Add(await RunAsync(protocol, target, connections));
        while (!stopped());
        return reports;
    }

    private static async Task<H2LoadReport> RunAsync(string protocol, IPEndPoint target, int connections)
    {
        // HTTP/2 with prior knowledge is what h2load speaks to http:// unless told otherwise.
        string[] version = protocol is "--h1" ? ["--h1"] : [];
        var start = new ProcessStartInfo("h2load", [.. version, "-n", $"{RequestsPerRoundEach * connections}", "-c", $"{connections}", "--rps", $"{RequestsPerSecondEach}", $"http://{target}/"])
        {
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        var (requests, codes) = (Requests().Match(output), Codes().Match(output));
        Assert.True(requests.Success && codes.Success, $"h2load says something unexpected:\n{output}");
        return new(Number(requests, "total"), Number(requests, "failed") + Number(requests, "errored") + Number(requests, "timeout"), Number(codes, "ok"), output);
    }

    private static int Number(Match match, string group) => int.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"requests: (?<total>\d+) total, .* (?<failed>\d+) failed, (?<errored>\d+) errored, (?<timeout>\d+) timeout")]
    private static partial Regex Requests();

    [GeneratedRegex(@"status codes: (?<ok>\d+) 2xx")]
    private static partial Regex Codes();
}

/// <summary>What one round came to.</summary>
internal sealed record H2LoadReport(int Total, int Failed, int Ok, string Output)
{
    public override string ToString() => Output;
}
