using System.Net;

namespace Mesh.EndToEnd.Tests.Meshes;

/// <summary>A running sidecar and where it listens.</summary>
internal sealed record Sidecar(MeshProcess Process, IPEndPoint Outbound, IPEndPoint Admin, IReadOnlyList<IPEndPoint> Inbound, IReadOnlyList<IPEndPoint> Destinations)
{
    public static async Task<Sidecar> OfAsync(MeshProcess process, IReadOnlyCollection<IPEndPoint> applications, IReadOnlyCollection<string> destinations)
    {
        var inbound = await Task.WhenAll(applications.Select(application => process.ListensForAsync($"inbound to {application}")));
        var outbound = await Task.WhenAll(destinations.Select(authority => process.ListensForAsync($"destination {authority}")));
        return new(process, await process.ListensForAsync("outbound"), await process.ListensForAsync("admin"), inbound, outbound);
    }

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
