using System.Net;
using Mesh.Bench.Measuring;
using Mesh.Rig;
using Mesh.Rig.Processes;

namespace Mesh.Bench.Peers;

/// <summary>Two sidecars, one beside a client and one beside a server, with identities that an operator gave them.</summary>
internal sealed class MeshPair(string name, ChildProcess client, ChildProcess server, ChildProcess meshOperator, IPEndPoint http, IPEndPoint tcp) : IPair
{
    public string Name => name;

    public IPEndPoint Address => http;

    public IPEndPoint Tcp => tcp;

    public IReadOnlyList<int> ProcessIds => [client.Id, server.Id];

    public static async Task<IPair> StartAsync(Stage stage, MeshBuild build, IPEndPoint httpBackend, IPEndPoint tcpBackend, CancellationToken stop)
    {
        var (betweenHttp, betweenTcp, http, tcp) = (Stage.FreeAddress(), Stage.FreeAddress(), Stage.FreeAddress(), Stage.FreeAddress());
        var folder = $"pair-{Guid.NewGuid():N}";
        var manifests = Path.GetDirectoryName(stage.Write($"{folder}/manifests/pair.yaml", Manifest(betweenHttp, betweenTcp)))!;
        var state = Directory.CreateDirectory(Path.Combine(stage.Folder, folder, "state")).FullName;
        var (discovery, admin) = (Stage.FreeAddress(), Stage.FreeAddress());
        var meshOperator = await stage.StartAsync(
            new Command($"{folder}-operator", Programs.Operator, "run", "--manifests", manifests, "--state", state, "--discovery", $"{discovery}", "--admin", $"{admin}"),
            Cores.Rest, new Uri($"http://{admin}/readyz"), stop);

        var server = await StartAsync(stage, build, folder, "server", discovery, state, ["--inbound", $"{betweenHttp}={httpBackend}", "--inbound", $"{betweenTcp}={tcpBackend}"], stop);
        var client = await StartAsync(stage, build, folder, "client", discovery, state, ["--destination", $"{http}=web.bench:80", "--destination", $"{tcp}=echo.bench:81"], stop);
        return new MeshPair($"{build.Name} pair", client, server, meshOperator, http, tcp);
    }

    public async ValueTask DisposeAsync()
    {
        await client.DisposeAsync();
        await server.DisposeAsync();
        await meshOperator.DisposeAsync();
    }

    private static Task<ChildProcess> StartAsync(Stage stage, MeshBuild build, string folder, string name, IPEndPoint discovery, string state, string[] ports, CancellationToken stop)
    {
        var admin = Stage.FreeAddress();
        return stage.StartAsync(
            new Command($"{folder}-{name}", build.Program,
            [
                "run", "--operator", $"https://{discovery}", "--trust-anchors", $"{state}/identity/anchors.pem", "--token-file", $"{state}/identity/join.key",
                "--name", name, "--namespace", "bench", "--service-account", name, "--outbound", "127.0.0.1:0", "--admin", $"{admin}", .. ports,
            ]),
            Cores.Measured, new Uri($"http://{admin}/ready"), stop);
    }

    private static string Manifest(IPEndPoint http, IPEndPoint tcp) => $$"""
        apiVersion: mesh.io/v1alpha1
        kind: MeshConfig
        metadata: {name: default}
        spec: {mtls: {mode: Strict} }
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: server, namespace: bench, annotations: {mesh.io/meshed: "true"} }
        spec: {serviceAccountName: server, containers: [{name: server, image: none}] }
        ---
        {{Service("web", "http", 80, http)}}
        ---
        {{Service("echo", "tcp-echo", 81, tcp)}}

        """;

    private static string Service(string name, string portName, int port, IPEndPoint endpoint) => $$"""
        apiVersion: v1
        kind: Service
        metadata: {name: {{name}}, namespace: bench}
        spec:
          ports: [{name: {{portName}}, port: {{port}}, protocol: TCP}]
        ---
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata:
          name: {{name}}
          namespace: bench
          labels: {kubernetes.io/service-name: {{name}} }
        addressType: IPv4
        ports: [{name: {{portName}}, port: {{endpoint.Port}}, protocol: TCP}]
        endpoints:
          - addresses: [{{endpoint.Address}}]
            conditions: {ready: true}
            targetRef: {kind: Pod, name: server, namespace: bench}
        """;
}
