using System.Net;
using Mesh.Bench.Measuring;
using Mesh.Rig;
using Mesh.Rig.Processes;

namespace Mesh.Bench.Peers;

/// <summary>Our proxy, on the way out of a client, with an operator that gave it its policy.</summary>
internal sealed class MeshPeer(string name, IReadOnlyList<ChildProcess> proxies, ChildProcess meshOperator, IPEndPoint address) : IPeer
{
    public string Name => name;

    public IPEndPoint Address => address;

    public IReadOnlyList<int> ProcessIds => [.. proxies.Select(proxy => proxy.Id)];

    /// <param name="stage">Where it runs.</param>
    /// <param name="build">Which program.</param>
    /// <param name="setting">What the row's name says of it beyond the program's; empty: nothing.</param>
    /// <param name="portName">The service port's name, which says what it speaks: <c>http</c>, <c>tcp-echo</c>.</param>
    /// <param name="backend">What the service has as its one endpoint.</param>
    /// <param name="policy">The TrafficPolicy's file beside this program; null: none.</param>
    /// <param name="stop">Ends the wait.</param>
    public static async Task<IPeer> StartAsync(Stage stage, MeshBuild build, string setting, string portName, IPEndPoint backend, string? policy, CancellationToken stop)
    {
        var folder = $"mesh-{Guid.NewGuid():N}";
        var manifests = Path.GetDirectoryName(stage.Write($"{folder}/service.yaml", Manifest(portName, backend)))!;
        if (policy is not null) File.Copy(Path.Combine(AppContext.BaseDirectory, "Peers", policy), Path.Combine(manifests, policy));

        var (discovery, operatorAdmin) = (Stage.FreeAddress(), Stage.FreeAddress());
        var meshOperator = await stage.StartAsync(
            new Command($"{folder}-operator", Programs.Operator, "run", "--manifests", manifests, "--discovery", $"{discovery}", "--admin", $"{operatorAdmin}"),
            Cores.Rest, new Uri($"http://{operatorAdmin}/readyz"), stop);

        var (address, admin) = (Stage.FreeAddress(), Stage.FreeAddress());
        var proxy = await stage.StartAsync(
            new Command($"{folder}-proxy", build.Program, "run", "--operator", $"http://{discovery}", "--name", "client", "--namespace", "bench",
                "--outbound", "127.0.0.1:0", "--admin", $"{admin}", "--destination", $"{address}=web.bench:80"),
            Cores.Measured, new Uri($"http://{admin}/ready"), stop);
        return new MeshPeer(build.Name + setting, [proxy], meshOperator, address);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var proxy in proxies) await proxy.DisposeAsync();
        await meshOperator.DisposeAsync();
    }

    private static string Manifest(string portName, IPEndPoint backend) => $$"""
        apiVersion: v1
        kind: Service
        metadata: {name: web, namespace: bench}
        spec:
          ports: [{name: {{portName}}, port: 80, protocol: TCP}]
        ---
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata:
          name: web-1
          namespace: bench
          labels: {kubernetes.io/service-name: web}
        addressType: IPv4
        ports: [{name: {{portName}}, port: {{backend.Port}}, protocol: TCP}]
        endpoints:
          - addresses: [{{backend.Address}}]
            conditions: {ready: true}

        """;
}
