using System.Net;

namespace Mesh.Proxy.Admin;

/// <summary><c>mesh-proxy ready</c>: what an exec probe runs.</summary>
internal static class ReadyProbe
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    /// <returns>0 where the sidecar is ready, 1 where it isn't or can't be asked.</returns>
    public static async Task<int> RunAsync(IPEndPoint admin, TextWriter output, CancellationToken cancellationToken)
    {
        // The application's environment may name this very sidecar as the HTTP proxy.
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = Timeout };
        try
        {
            using var response = await client.GetAsync(new Uri($"http://{admin}/ready"), cancellationToken);
            await output.WriteLineAsync(await response.Content.ReadAsStringAsync(cancellationToken));
            return response.IsSuccessStatusCode ? 0 : 1;
        }
        catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException)
        {
            await output.WriteLineAsync($"no answer from http://{admin}/ready: {failure.Message}");
            return 1;
        }
    }
}
