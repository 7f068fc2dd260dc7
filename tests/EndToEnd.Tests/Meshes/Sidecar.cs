using System.Net;

namespace Mesh.EndToEnd.Tests.Meshes;

/// <summary>A running sidecar and where it listens; <see cref="Inbound"/> is null where it has no application.</summary>
internal sealed record Sidecar(MeshProcess Process, IPEndPoint Outbound, IPEndPoint Admin, IPEndPoint? Inbound, IReadOnlyList<IPEndPoint> Destinations)
{
    public static async Task<Sidecar> OfAsync(MeshProcess process, bool hasApplication, IReadOnlyCollection<string> destinations) => new(
        process,
        await process.ListensForAsync("outbound"),
        await process.ListensForAsync("admin"),
        hasApplication ? await process.ListensForAsync("inbound") : null,
        await Task.WhenAll(destinations.Select(process.ListensForAsync)));

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
