using System.Net;

namespace Mesh.Bench.Peers;

/// <summary>Our proxy, on the way out of a client; or two of them, the other on the way in to the server.</summary>
internal sealed class MeshPeer(string name, string beside, IPEndPoint address, IReadOnlyList<MeshSidecar> hops) : IPeer
{
    private const string AnyOutbound = "127.0.0.1:0";

    public string Name => name;

    public string? Beside => beside;

    public IPEndPoint Address => address;

    public IReadOnlyList<int> ProcessIds => [.. hops.Select(hop => hop.Process.Id)];

    public IReadOnlyList<MeshSidecar> Hops => hops;

    /// <param name="stage">Where it runs.</param>
    /// <param name="build">Which program.</param>
    /// <param name="wire">What is spoken.</param>
    /// <param name="backend">What the service has as its one endpoint.</param>
    /// <param name="stop">Ends the wait.</param>
    /// <param name="setting">What the row's name says of it beyond the program's.</param>
    /// <param name="policy">The TrafficPolicy's file beside this program; null: none.</param>
    public static async Task<IPeer> StartAsync(Stage stage, MeshBuild build, Wire wire, IPEndPoint backend, CancellationToken stop, string setting = "", string? policy = null)
    {
        var plane = await MeshPlane.StartAsync(stage, Manifests.Service("web", wire.PortName(), backend), policy, identity: false, stop);
        var address = Stage.FreeAddress();
        return new MeshPeer(build.Name + setting, "HAProxy", address, [await plane.StartSidecarAsync(build, "client", ["--outbound", AnyOutbound, "--destination", $"{address}=web.bench:80"], stop)]);
    }

    /// <summary>Two hops, with mutual TLS between them or in the clear.</summary>
    public static async Task<IPeer> StartPairAsync(Stage stage, MeshBuild build, Wire wire, IPEndPoint backend, bool mutualTls, CancellationToken stop)
    {
        var (between, address) = (Stage.FreeAddress(), Stage.FreeAddress());
        var manifest = mutualTls
            ? Manifests.StrictPod("server") + Manifests.Service("web", wire.PortName(), between, "server")
            : Manifests.Service("web", wire.PortName(), between);
        var plane = await MeshPlane.StartAsync(stage, manifest, policy: null, mutualTls, stop);
        var server = await plane.StartSidecarAsync(build, "server", ["--outbound", AnyOutbound, "--inbound", $"{between}={backend}"], stop);
        var client = await plane.StartSidecarAsync(build, "client", ["--outbound", AnyOutbound, "--destination", $"{address}=web.bench:80"], stop);
        var setting = mutualTls ? ", two hops, mTLS" : ", two hops";
        return new MeshPeer(build.Name + setting, "HAProxy" + setting, address, [client, server]);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var hop in hops) await hop.Process.DisposeAsync();
    }
}
