using System.Net;
using Mesh.Chaos.Fleet;
using Mesh.ChaosService;
using Mesh.Rig.Pods;
using Mesh.Rig.Processes;

namespace Mesh.Chaos.Sides;

/// <summary>The same client and the same services with a sidecar each, under the policy of <c>samples/chaos</c>.</summary>
internal sealed class MeshSide : ISide
{
    private readonly Machines _machines;
    private readonly Dictionary<Replica, ChildProcess> _sidecars = [];

    public MeshSide(Machines machines)
    {
        _machines = machines;
        Client = new(new SocketsHttpHandler { Proxy = new WebProxy(OutboundOf(machines.Client)) });
    }

    public string Name => "with the mesh";

    public HttpClient Client { get; }

    public async Task StartAsync(IReadOnlyList<Replica> replicas, CancellationToken stop)
    {
        await PublishAsync(replicas, stop);
        var client = _machines.Client with { Zone = replicas[0].Zone };
        await Task.WhenAll(replicas.Append(client).Select(replica => StartedAsync(replica, stop)));
    }

    public Uri Next(string service) => AddressOf(service);

    public Dependency DependencyOf(Replica caller, string service, int tries, TimeSpan patience, bool optional) =>
        new([AddressOf(service)], OutboundOf(caller), Tries: 1, (int)patience.TotalMilliseconds, optional);

    public int TriesOf(int plain) => 1;

    public async Task StartedAsync(Replica replica, CancellationToken stop)
    {
        var sidecar = await _machines.Host.StartAsync(_machines.Programs.SidecarOf($"sidecar-{replica.Name}", replica), stop);
        _machines.Host.ReportUnaskedEnd(sidecar);
        lock (_sidecars) _sidecars[replica] = sidecar;
    }

    public async Task EndedAsync(Replica replica)
    {
        if (Remove(replica) is { } sidecar) await sidecar.DisposeAsync();
    }

    public async Task KilledAsync(Replica replica)
    {
        if (Remove(replica) is not { } sidecar) return;
        await sidecar.KillAsync();
        await sidecar.DisposeAsync();
    }

    // Written beside and moved into place: the operator never reads half of it.
    public async Task PublishAsync(IReadOnlyList<Replica> replicas, CancellationToken stop)
    {
        var file = Path.Combine(_machines.Manifests, "endpoints.yaml");
        var next = Path.Combine(Path.GetDirectoryName(_machines.Manifests)!, "endpoints.next");
        await File.WriteAllTextAsync(next, EndpointManifests.Write(_machines.Programs.Namespace, replicas, _machines.Ports), stop);
        File.Move(next, file, overwrite: true);
    }

    public async Task<string> MetricsAsync(CancellationToken stop)
    {
        Replica[] callers;
        lock (_sidecars) callers = [.. _sidecars.Keys];
        return string.Join('\n', await Task.WhenAll(callers.Select(caller =>
            _machines.Host.Client.GetStringAsync(new Uri($"http://{caller.Address}:{_machines.Ports.ProxyAdmin}/metrics"), stop))));
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Task.WhenAll(_sidecars.Values.Select(sidecar => sidecar.DisposeAsync().AsTask()));
    }

    private ChildProcess? Remove(Replica replica)
    {
        lock (_sidecars) return _sidecars.Remove(replica, out var sidecar) ? sidecar : null;
    }

    private static Uri AddressOf(string service) => new($"http://{service}/");

    private Uri OutboundOf(Replica replica) => new($"http://{replica.Address}:{_machines.Ports.Outbound}");
}
