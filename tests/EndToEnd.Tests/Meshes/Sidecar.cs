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

    /// <summary>What the admin port answers, whatever the status.</summary>
    public async Task<string> AskAdminAsync(string path, CancellationToken cancellationToken)
    {
        using var client = new HttpClient();
        using var response = await client.GetAsync($"http://{Admin}{path}", cancellationToken);
        return await response.Content.ReadAsStringAsync(cancellationToken);
    }
}
