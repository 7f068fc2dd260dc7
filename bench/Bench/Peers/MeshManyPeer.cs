using System.Globalization;
using System.Net;
using Mesh.Rig;

namespace Mesh.Bench.Peers;

/// <summary>Our proxy, in a mesh of many services that all end at one backend. It knows of those that it is asked for.</summary>
internal sealed class MeshManyPeer(string name, IPEndPoint address, IPEndPoint outbound, MeshSidecar sidecar) : IPeer
{
    public string Name => name;

    public string? Beside => "HAProxy";

    public IPEndPoint Address => address;

    public IReadOnlyList<int> ProcessIds => [sidecar.Process.Id];

    public static Task<MeshPlane> StartPlaneAsync(Stage stage, IPEndPoint backend, int services, CancellationToken stop) =>
        MeshPlane.StartAsync(stage, string.Concat(Enumerable.Range(0, services).Select(i => Manifests.Service(ServiceOf(i), "http", backend))), policy: null, identity: false, stop);

    public static async Task<IPeer> StartAsync(MeshPlane plane, MeshBuild build, CancellationToken stop)
    {
        var (outbound, address) = (Stage.FreeAddress(), Stage.FreeAddress());
        var sidecar = await plane.StartSidecarAsync(build, "client", ["--outbound", $"{outbound}", "--destination", $"{address}={ServiceOf(0)}.bench:80"], stop);
        return new MeshManyPeer(build.Name, address, outbound, sidecar);
    }

    /// <summary>Sends a request to each of so many services, so that the proxy knows them.</summary>
    public async Task AskAsync(int services, CancellationToken stop)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        for (var i = 0; i < services; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"http://{outbound}/") { Headers = { Host = $"{ServiceOf(i)}.bench" } };
            using var response = await client.SendAsync(request, stop);
            if (!response.IsSuccessStatusCode) throw new RigFailedException($"{ServiceOf(i)} answered {(int)response.StatusCode} through {name}: {await response.Content.ReadAsStringAsync(stop)}");
        }
    }

    public ValueTask DisposeAsync() => sidecar.Process.DisposeAsync();

    private static string ServiceOf(int number) => string.Create(CultureInfo.InvariantCulture, $"web-{number}");
}
