using System.Net;

namespace Mesh.Proxy.Admin;

/// <summary><c>mesh-proxy ready</c>: what an exec probe runs.</summary>
internal static class ReadyProbe
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    /// <param name="admin">The sidecar's admin port.</param>
    /// <param name="wait">How long to ask again.</param>
    /// <param name="time">Which clock that is by.</param>
    /// <param name="output">Where the last answer goes.</param>
    /// <param name="cancellationToken">Nobody waits any more.</param>
    /// <returns>0 where the sidecar is ready, 1 where it isn't or can't be asked.</returns>
    public static async Task<int> RunAsync(IPEndPoint admin, TimeSpan wait, TimeProvider time, TextWriter output, CancellationToken cancellationToken)
    {
        var since = time.GetTimestamp();
        while (true)
        {
            var (ready, answer) = await AskAsync(admin, cancellationToken);
            if (ready || time.GetElapsedTime(since) >= wait)
            {
                await output.WriteLineAsync(answer);
                return ready ? 0 : 1;
            }
            await Task.Delay(Interval, time, cancellationToken);
        }
    }

    private static async Task<(bool Ready, string Answer)> AskAsync(IPEndPoint admin, CancellationToken cancellationToken)
    {
        // The application's environment may name this very sidecar as the HTTP proxy.
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = Timeout };
        try
        {
            using var response = await client.GetAsync(new Uri($"http://{admin}/ready"), cancellationToken);
            return (response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(cancellationToken));
        }
        catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException)
        {
            return (false, $"no answer from http://{admin}/ready: {failure.Message}");
        }
    }
}
