using System.Net;
using Mesh.Rig;
using Mesh.Rig.Pods;
using Mesh.Rig.Processes;
using Shop.Demo.Shops;

namespace Shop.Demo;

/// <summary>
/// Everything that runs: the operator, the shop without the mesh and the shop with it. Each has an address of its own on the
/// loopback, as pods have: 127.0.x.1 the operator, .11 to .15 the pods without, .21 to .25 those with, .31 and .32 the Services.
/// </summary>
internal sealed class Stage : IAsyncDisposable
{
    private static readonly (string Name, int Number)[] Services = [("frontend", 1), ("catalog", 1), ("catalog", 2), ("catalog", 3), ("payments", 1)];

    private readonly DemoOptions _options;
    private readonly RunDirectory _run;
    private readonly ProcessStarter _starter;
    private readonly PodHost _host;
    private readonly int _block = Random.Shared.Next(2, 250);
    private readonly Ports _ports;
    private readonly MeshPrograms _programs;
    private readonly List<IAsyncDisposable> _running = [];

    public Stage(DemoOptions options, RunDirectory run, HttpClient client, TimeProvider time)
    {
        (_options, _run) = (options, run);
        _starter = new(run.Logs);
        _host = new(_starter, client, time);
        _ports = Ports.Free([.. Enumerable.Range(1, 32).Select(Address)], Ports.IsFree);
        _programs = new(options.Operator, options.Proxy, "shop", run.State, Address(1), _ports);
        Without = PlainShop();
        With = MeshedShop();
    }

    public RunningShop Without { get; }

    public RunningShop With { get; }

    public Uri FrontendSidecarMetrics => new($"http://{Address(21)}:{_ports.ProxyAdmin}/metrics");

    /// <summary>Completes once a program ended that must not.</summary>
    public Task<RigFailedException> Failed => _host.Failed;

    public async Task StartAsync(CancellationToken stop)
    {
        await File.WriteAllTextAsync(Path.Combine(_run.Manifests, "endpoints.yaml"), EndpointManifests.Write("shop", With.Pods.Select(pod => pod.Replica), _ports), stop);
        StartServiceAddresses();
        _running.AddRange([Without, With]);
        await StartOperatorAsync(stop);
        await Task.WhenAll([.. Without.Pods.Concat(With.Pods).Select(pod => pod.StartAsync(stop))]);
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_running.Select(running => running.DisposeAsync().AsTask()));
        _starter.Dispose();
    }

    private async Task StartOperatorAsync(CancellationToken stop)
    {
        var meshOperator = await _host.StartAsync(_programs.OperatorOf(_options.Mesh, _run.Manifests), stop);
        _host.ReportUnaskedEnd(meshOperator);
        lock (_running) _running.Add(meshOperator);
    }

    private void StartServiceAddresses()
    {
        foreach (var (service, address) in new[] { ("catalog", Address(31)), ("payments", Address(32)) })
        {
            var replicas = Without.Pods.Select(pod => pod.Replica).Where(replica => replica.Service == service);
            _running.Add(new ServiceAddress(new(address, _ports.Application), [.. replicas.Select(replica => new IPEndPoint(replica.Address, _ports.Application))]));
        }
    }

    private RunningShop PlainShop() => new("without", [.. Replicas(11).Select(PlainPod)], new($"http://{Address(11)}:{_ports.Application}/"));

    private RunningShop MeshedShop() => new("with", [.. Replicas(21).Select(MeshedPod)], new($"http://{Address(21)}:{_ports.Inbound}/"));

    private IEnumerable<Replica> Replicas(int firstHost) => Services.Select((service, index) => new Replica(service.Name, service.Number, Address(firstHost + index)));

    private Pod PlainPod(Replica replica) => new(replica, Application("without", replica, new()
    {
        ["catalog__address"] = $"{Address(31)}:{_ports.Application}",
        ["payments__address"] = $"{Address(32)}:{_ports.Application}",
        ["http_proxy"] = "", // nor the one of whoever runs this
    }), sidecar: null, _host);

    private Pod MeshedPod(Replica replica) => new(replica, Application("with", replica, new()
    {
        ["http_proxy"] = $"http://{replica.Address}:{_ports.Outbound}",
        ["no_proxy"] = "",
    }), _programs.SidecarOf($"with-{replica.Name}-sidecar", replica), _host);

    private Container Application(string shop, Replica replica, Dictionary<string, string> environment)
    {
        var url = $"http://{replica.Address}:{_ports.Application}";
        environment["ASPNETCORE_URLS"] = url;
        environment["POD_NAME"] = replica.Name;
        environment["HTTP_PROXY"] = environment["http_proxy"];
        environment["Logging__LogLevel__Default"] = "Warning";
        environment["Logging__LogLevel__Microsoft.Hosting.Lifetime"] = "Information";
        return new(new($"{shop}-{replica.Name}", Programs.Service(replica.Service), [], environment), new($"{url}/healthz"));
    }

    private IPAddress Address(int host) => new([127, 0, (byte)_block, (byte)host]);
}
