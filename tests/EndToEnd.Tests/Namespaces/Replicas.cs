using System.Net;
using System.Text;

namespace Mesh.EndToEnd.Tests.Namespaces;

/// <summary>
/// A client's pod and three replicas of a service on one node, all with sidecars. Their services have virtual addresses that nothing but the
/// mesh translates: who gets an answer from one was balanced by a sidecar.
/// </summary>
public sealed class Replicas : IAsyncLifetime
{
    private const int ServicePort = 7000, TargetPort = 7700;

    // Name, what it says of itself, and which replicas are ready. Replica 1 and the client are on one node as Kubernetes has it, the others on another.
    private static readonly (string Name, string Spec, Func<int, bool> IsReady)[] Services =
    [
        ("all", "", _ => true),
        ("sticky", "sessionAffinity: ClientIP", _ => true),
        ("local", "internalTrafficPolicy: Local", _ => true),
        ("starting", "", replica => replica is 1),
        ("published", "publishNotReadyAddresses: true", replica => replica is 1),
    ];

    private readonly List<Pod> _replicas = [];
    private DirectoryInfo? _folder;
    private Node? _node;

    internal Pod Client { get; private set; } = null!;

    internal Pod Replica => _replicas[0];

    internal IReadOnlyList<string> Names => [.. _replicas.Select(replica => $"{replica.Name}:{TargetPort}")];

    public async ValueTask InitializeAsync()
    {
        if (NetworkNamespace.Lack is not null) return;
        try
        {
            await StartAsync();
        }
        catch
        {
            // xunit disposes no fixture that didn't come about.
            await DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (_node is not null) await _node.DisposeAsync();
        }
        finally
        {
            _folder?.Delete(recursive: true);
        }
    }

    /// <summary>Connects to a service so many times, one after the other, and says who answered.</summary>
    internal static async Task<IReadOnlyList<string>> AskAsync(Pod from, string service, int times, bool v6 = false)
    {
        var answers = new List<string>();
        for (var i = 0; i < times; i++)
        {
            await using var connection = await from.ConnectAsync(new IPEndPoint(AddressOf(service, v6), ServicePort), TestContext.Current.CancellationToken);
            using var reader = new StreamReader(connection, Encoding.ASCII);
            answers.Add(await reader.ReadToEndAsync(TestContext.Current.CancellationToken));
        }
        return answers;
    }

    private static int NumberOf(string service) => Array.FindIndex(Services, known => known.Name == service) + 1;

    private static IPAddress AddressOf(string service, bool v6) => IPAddress.Parse(v6 ? $"fd00:96::{NumberOf(service)}" : $"10.96.0.{NumberOf(service)}");

    private async Task StartAsync()
    {
        _folder = Directory.CreateTempSubdirectory("mesh-netns-");
        _node = await Node.CreateAsync();
        Client = await _node.AddPodAsync("client");
        for (var i = 1; i <= 3; i++)
        {
            _replicas.Add(await _node.AddPodAsync($"replica-{i}"));
            _replicas[^1].Own(await SayingListener.StartAsync(_replicas[^1], TargetPort));
        }
        var manifests = _folder.CreateSubdirectory("manifests");
        await File.WriteAllTextAsync(Path.Combine(manifests.FullName, "shop.yaml"), Manifests());
        var credentials = await PodMesh.StartOperatorAsync(_node, manifests, _folder);
        await PodMesh.StartSidecarAsync(Client, credentials, "--node", "worker-1");
        foreach (var replica in _replicas) await PodMesh.StartSidecarAsync(replica, credentials, "--node", NodeOf(replica));
    }

    private string NodeOf(Pod pod) => pod == _replicas[0] ? "worker-1" : "worker-2";

    private string Manifests() => string.Join("\n---\n", [.. _replicas.Prepend(Client).Select(PodMesh.Manifest), .. Services.SelectMany(service => ServiceManifests(service.Name, service.Spec, service.IsReady))]);

    private IEnumerable<string> ServiceManifests(string name, string spec, Func<int, bool> isReady)
    {
        yield return $$"""
            apiVersion: v1
            kind: Service
            metadata: {name: {{name}}, namespace: shop}
            spec:
              clusterIP: {{AddressOf(name, v6: false)}}
              clusterIPs: ["{{AddressOf(name, v6: false)}}", "{{AddressOf(name, v6: true)}}"]
              ipFamilies: [IPv4, IPv6]
              ports: [{name: tcp, port: {{ServicePort}}, targetPort: {{TargetPort}}, protocol: TCP}]
              {{spec}}
            """;
        foreach (var family in (string[])["IPv4", "IPv6"])
        {
            var endpoints = _replicas.Select((replica, i) =>
                $$"""{addresses: ["{{(family is "IPv4" ? replica.Address : replica.AddressV6)}}"], conditions: {ready: {{(isReady(i + 1) ? "true" : "false")}}}, nodeName: {{NodeOf(replica)}}, targetRef: {kind: Pod, name: {{replica.Name}}, namespace: shop} }""");
            yield return $$"""
                apiVersion: discovery.k8s.io/v1
                kind: EndpointSlice
                metadata:
                  name: {{name}}-{{family.ToLowerInvariant()}}
                  namespace: shop
                  labels: {kubernetes.io/service-name: {{name}}}
                addressType: {{family}}
                ports: [{name: tcp, port: {{TargetPort}}, protocol: TCP}]
                endpoints:
                {{string.Join("\n", endpoints.Select(endpoint => "- " + endpoint))}}
                """;
        }
    }
}
