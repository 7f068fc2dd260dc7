using System.Net;

namespace Mesh.Bench.Peers;

/// <summary>Starts what stands in rows.</summary>
internal static class Rows
{
    /// <summary>Those of a full table.</summary>
    public static IReadOnlyList<Row> All { get; } = Enum.GetValues<Row>();

    /// <summary>Those that tell most.</summary>
    public static IReadOnlyList<Row> Few { get; } = [Row.Direct, Row.HAProxy, Row.Nginx, Row.Mesh, Row.HAProxyMutualTls, Row.MeshMutualTls];

    /// <summary>A pair in the clear and with mutual TLS.</summary>
    public static IReadOnlyList<Row> TwoHops { get; } = [Row.HAProxyPair, Row.MeshPair, Row.HAProxyMutualTls, Row.MeshMutualTls];

    /// <summary>The least that compares.</summary>
    public static IReadOnlyList<Row> OneHop { get; } = [Row.HAProxy, Row.Nginx, Row.Mesh];

    public static async Task<IReadOnlyList<IPeer>> StartAsync(this IEnumerable<Row> rows, Stage stage, Wire wire, IPEndPoint backend, CancellationToken stop)
    {
        var peers = new List<IPeer>();
        foreach (var row in rows)
        {
            // Of the distribution's nginx the light one has no module that relays.
            if (row is Row.Nginx && wire.IsRelayed()) continue;
            // A connection that is relayed as it is has nothing that more fields could decide.
            if (row is Row.MeshEveryPolicy && wire.IsRelayed()) continue;
            peers.AddRange(await StartAsync(row, stage, wire, backend, stop));
        }
        return peers;
    }

    private static async Task<IEnumerable<IPeer>> StartAsync(Row row, Stage stage, Wire wire, IPEndPoint backend, CancellationToken stop) => row switch
    {
        Row.Direct => [new Direct(backend)],
        Row.HAProxy => [await HAProxy.StartAsync(stage, wire, backend, stop)],
        Row.Nginx => [await Nginx.StartProxyAsync(stage, wire, backend, stop)],
        Row.HAProxyPair => [await HAProxy.StartPairAsync(stage, wire, backend, stop)],
        Row.HAProxyMutualTls => [await HAProxy.StartMutualTlsPairAsync(stage, wire, backend, stop)],
        Row.Mesh => await EachAsync(stage, build => MeshPeer.StartAsync(stage, build, wire, backend, stop)),
        Row.MeshEveryPolicy => await EachAsync(stage, build => MeshPeer.StartAsync(stage, build, wire, backend, stop, ", every policy", "everything.yaml")),
        Row.MeshPair => await EachAsync(stage, build => MeshPeer.StartPairAsync(stage, build, wire, backend, mutualTls: false, stop)),
        Row.MeshMutualTls => await EachAsync(stage, build => MeshPeer.StartPairAsync(stage, build, wire, backend, mutualTls: true, stop)),
        _ => throw new ArgumentOutOfRangeException(nameof(row), row, "no such row"),
    };

    private static async Task<IEnumerable<IPeer>> EachAsync(Stage stage, Func<MeshBuild, Task<IPeer>> start)
    {
        var peers = new List<IPeer>();
        foreach (var build in stage.Builds) peers.Add(await start(build));
        return peers;
    }
}
