using System.Collections.Concurrent;
using System.Globalization;
using System.Net;

namespace Mesh.EndToEnd.Tests.Meshes;

/// <summary>A mesh without a cluster: an operator process that reads a folder of manifests, and sidecar processes.</summary>
internal sealed class StandaloneMesh : IAsyncDisposable
{
    private static int _lastAddress;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mesh-e2e-");
    private readonly List<IAsyncDisposable> _running = [];
    private readonly ConcurrentDictionary<IPEndPoint, string> _sidecars = new();

    private StandaloneMesh()
    {
    }

    public MeshProcess Operator { get; private set; } = null!;

    public IPEndPoint Discovery { get; private set; } = null!;

    private string Manifests => Path.Combine(_folder.FullName, "manifests");

    private string State => Path.Combine(_folder.FullName, "state");

    /// <param name="config">The MeshConfig that the operator starts with; null: none.</param>
    public static async Task<StandaloneMesh> StartAsync(string? config = null)
    {
        var mesh = new StandaloneMesh();
        Directory.CreateDirectory(mesh.Manifests);
        if (config is not null) await mesh.ApplyAsync("mesh.yaml", config);
        await mesh.StartOperatorAsync(new(IPAddress.Loopback, 0));
        return mesh;
    }

    /// <summary>An address of its own for each application, as pods have: 127.1.0.1, 127.1.0.2, ...</summary>
    public static IPAddress NewAddress()
    {
        var number = Interlocked.Increment(ref _lastAddress);
        return new(new byte[] { 127, 1, (byte)(number >> 8), (byte)number });
    }

    /// <summary>Starts the operator; after a kill with the address it had, so that proxies find it again.</summary>
    public async Task StartOperatorAsync(IPEndPoint discovery)
    {
        Operator = MeshProcess.Start("mesh-operator", "run", "--manifests", Manifests, "--state", State, "--discovery", discovery.ToString(), "--admin", "127.0.0.1:0");
        _running.Add(Operator);
        Discovery = await Operator.ListensForAsync("discovery");
    }

    /// <summary>Writes or replaces a manifest the way editors do: whole, by renaming.</summary>
    public async Task ApplyAsync(string file, string yaml)
    {
        var path = Path.Combine(Manifests, file);
        var draft = Path.Combine(_folder.FullName, Path.GetRandomFileName());
        await File.WriteAllTextAsync(draft, yaml);
        File.Move(draft, path, overwrite: true);
    }

    public void Remove(string file) => File.Delete(Path.Combine(Manifests, file));

    /// <summary>
    /// A service <c>test/name</c> on port 80 with one EndpointSlice an endpoint, since each has a port of its own. Where a sidecar takes
    /// what is sent there, its pod is told of, so that clients demand its identity.
    /// </summary>
    public async Task ApplyServiceAsync(string name, params IEnumerable<IPEndPoint?> endpoints)
    {
        var slices = endpoints.OfType<IPEndPoint>().Select((endpoint, index) => $$"""
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata:
              name: {{name}}-{{index}}
              namespace: test
              labels: {kubernetes.io/service-name: "{{name}}"}
            addressType: IPv4
            ports: [{name: http, port: {{endpoint.Port.ToString(CultureInfo.InvariantCulture)}}, protocol: TCP}]
            endpoints: [{addresses: ["{{endpoint.Address}}"], conditions: {ready: true}{{TargetOf(endpoint)}} }]
            """);
        await ApplyAsync($"{name}.yaml", string.Join("\n---\n", [$$"""
            apiVersion: v1
            kind: Service
            metadata: {name: {{name}}, namespace: test}
            spec:
              ports: [{name: http, port: 80, protocol: TCP}]
            """, .. slices]));
    }

    private string TargetOf(IPEndPoint endpoint) =>
        _sidecars.TryGetValue(endpoint, out var pod) ? $", targetRef: {{kind: Pod, namespace: test, name: {pod}}}" : "";

    /// <summary>Asks the operator for another trust anchor.</summary>
    public Task RotateAsync() => File.WriteAllTextAsync(Path.Combine(State, "identity", "rotate"), Guid.NewGuid().ToString());

    /// <summary>The status that the operator wrote for an object; null while there is none.</summary>
    public string? ReadStatus(string kind, string name)
    {
        try
        {
            return File.ReadAllText(Path.Combine(State, "status", $"{kind}.test.{name}.yaml"));
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Starts a sidecar in the namespace <c>test</c>; see <see cref="Sidecar.StartAsync"/>.</summary>
    public async Task<Sidecar> StartSidecarAsync(string name, IPEndPoint? application = null, params IReadOnlyCollection<string> destinations)
    {
        var identity = Path.Combine(State, "identity");
        var sidecar = await Sidecar.StartAsync(
            Discovery, ["--trust-anchors", $"{identity}/anchors.pem", "--token-file", $"{identity}/join.key", "--service-account", name], "test", name, application, destinations);
        _running.Add(sidecar);
        if (sidecar.Inbound is not { } inbound) return sidecar;
        await ApplyAsync($"pod-{name}.yaml", $$"""
            apiVersion: v1
            kind: Pod
            metadata:
              name: {{name}}
              namespace: test
              annotations: {mesh.io/meshed: "true", mesh.io/inbound-ports: "{{application!.Port}}={{inbound.Port}}"}
            spec:
              serviceAccountName: {{name}}
              containers: [{name: app}]
            """);
        _sidecars[inbound] = name;
        return sidecar;
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await Disposal.OfAllAsync(Enumerable.Reverse(_running));
        }
        finally
        {
            _folder.Delete(recursive: true);
        }
    }
}
