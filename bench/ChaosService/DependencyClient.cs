using System.Net;

namespace Mesh.ChaosService;

/// <summary>Calls a dependency as applications do: connections are pooled, and failures are repeated at once or not at all.</summary>
internal sealed class DependencyClient(Dependency dependency) : IDisposable
{
    private readonly HttpClient _client = new(new SocketsHttpHandler
    {
        UseProxy = dependency.Proxy is not null,
        Proxy = dependency.Proxy is null ? null : new WebProxy(dependency.Proxy),
    })
    {
        Timeout = TimeSpan.FromMilliseconds(dependency.PatienceMs),
    };

    private uint _next;

    /// <summary>Whether there can be a good answer now.</summary>
    public async Task<bool> CallAsync(CancellationToken aborted)
    {
        for (var tried = 0; tried < dependency.Tries; tried++)
        {
            if (await SucceedsAsync(aborted)) return true;
        }
        return dependency.Optional;
    }

    public void Dispose() => _client.Dispose();

    private async Task<bool> SucceedsAsync(CancellationToken aborted)
    {
        var url = dependency.Urls[(int)(Interlocked.Increment(ref _next) % (uint)dependency.Urls.Count)];
        try
        {
            using var response = await _client.GetAsync(url, aborted);
            return response.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException && !aborted.IsCancellationRequested)
        {
            return false;
        }
    }
}
