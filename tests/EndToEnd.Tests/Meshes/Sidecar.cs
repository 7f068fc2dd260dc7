using System.Net;

namespace Mesh.EndToEnd.Tests.Meshes;

/// <summary>A running sidecar and where it listens; <see cref="Inbound"/> is null where it has no application.</summary>
internal sealed record Sidecar(MeshProcess Process, IPEndPoint Outbound, IPEndPoint Admin, IPEndPoint? Inbound, IReadOnlyList<IPEndPoint> Destinations) : IAsyncDisposable
{
    /// <summary>Starts a sidecar, beside an application or a client's alone, that dials destinations by local ports.</summary>
    /// <param name="discovery">The operator's address.</param>
    /// <param name="identity">The options by which the sidecar proves itself and knows whom to believe.</param>
    /// <param name="namespace">Its pod's.</param>
    /// <param name="name">Its pod's.</param>
    /// <param name="application">What it stands in front of; null: a client's.</param>
    /// <param name="destinations">What it dials.</param>
    public static async Task<Sidecar> StartAsync(
        IPEndPoint discovery, IReadOnlyCollection<string> identity, string @namespace, string name, IPEndPoint? application = null, params IReadOnlyCollection<string> destinations)
    {
        var process = MeshProcess.Start("mesh-proxy", [
            "run", "--operator", $"https://{discovery}", "--name", name, "--namespace", @namespace, "--outbound", "127.0.0.1:0", "--admin", "127.0.0.1:0",
            .. identity,
            .. application is null ? [] : new[] { "--inbound", $"{application.Address}:0={application}" },
            .. destinations.SelectMany(authority => new[] { "--destination", $"127.0.0.1:0={authority}" })]);
        try
        {
            return new(process, await process.ListensForAsync("outbound"), await process.ListensForAsync("admin"),
                application is null ? null : await process.ListensForAsync("inbound"), await Task.WhenAll(destinations.Select(process.ListensForAsync)));
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => Process.DisposeAsync();

    /// <summary>A client that uses the sidecar as an application with http_proxy set does.</summary>
    public HttpClient NewProxiedClient() => new(new SocketsHttpHandler { Proxy = new WebProxy($"http://{Outbound}"), UseProxy = true });

    /// <summary>Waits until the sidecar is ready, as a startup probe does.</summary>
    public async Task BecomesReadyAsync(CancellationToken cancellationToken)
    {
        using var client = new HttpClient();
        await Eventually.BecomesAsync(() => client.GetAsync($"http://{Admin}/ready", cancellationToken), response => response.IsSuccessStatusCode, cancellationToken);
    }

    /// <summary>Waits until the first destination's local port is answered by the application, in one version of HTTP.</summary>
    public async Task ServesAsync(Version version, CancellationToken cancellationToken)
    {
        using var client = new HttpClient { DefaultRequestVersion = version, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
        await Eventually.BecomesAsync(() => client.GetAsync($"http://{Destinations[0]}/", cancellationToken), response => response.IsSuccessStatusCode, cancellationToken);
    }
}
