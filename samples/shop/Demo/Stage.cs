using System.Net;
using Shop.Demo.Processes;
using Shop.Demo.Shops;

namespace Shop.Demo;

/// <summary>
/// Everything that runs: the operator, the shop without the mesh and the shop with it. Each has an address of its own on the
/// loopback, as pods have: 127.0.x.1 the operator, .11 to .15 the pods without, .21 to .25 those with, .31 and .32 the Services.
/// </summary>
internal sealed class Stage : IAsyncDisposable
{
    private static readonly (string Service, int Replica)[] Replicas = [("frontend", 1), ("catalog", 1), ("catalog", 2), ("catalog", 3), ("payments", 1)];

    private readonly DemoOptions _options;
    private readonly RunDirectory _run;
    private readonly ProcessStarter _starter;
    private readonly PodHost _host;
    private readonly int _block = Random.Shared.Next(2, 250);
    private readonly Ports _ports;
    private readonly List<IAsyncDisposable> _running = [];

    public Stage(DemoOptions options, RunDirectory run, HttpClient client, TimeProvider time)
    {
        (_options, _run) = (options, run);
        _starter = new(run.Logs);
        _host = new(_starter, client, time);
        _ports = Ports.Free([.. Enumerable.Range(1, 32).Select(Address)], Ports.IsFree);
        Without = PlainShop();
        With = MeshedShop();
    }

    public RunningShop Without { get; }

    public RunningShop With { get; }

    public Uri FrontendSidecarMetrics => new($"http://{With.Pods[0].Address}:{_ports.ProxyAdmin}/metrics");

    /// <summary>Completes once a program ended that must not.</summary>
    public Task<DemoFailedException> Failed => _host.Failed;

    public async Task StartAsync(CancellationToken stop)
    {
        await File.WriteAllTextAsync(Path.Combine(_run.Manifests, "endpoints.yaml"), EndpointManifests.Write(With.Pods, _ports), stop);
        StartServiceAddresses();
        _running.AddRange([Without, With]);
        await Task.WhenAll([StartOperatorAsync(stop), .. Without.Pods.Concat(With.Pods).Select(pod => pod.StartAsync(stop))]);
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_running.Select(running => running.DisposeAsync().AsTask()));
        _starter.Dispose();
    }

    private async Task StartOperatorAsync(CancellationToken stop)
    {
        var admin = $"{Address(1)}:{_ports.OperatorAdmin}";
        var meshOperator = await _host.StartAsync(new(new("operator", _options.Operator,
            "run", "--manifests", _options.Mesh, "--manifests", _run.Manifests, "--state", _run.State,
            "--discovery", $"{Address(1)}:{_ports.Discovery}", "--admin", admin), new($"http://{admin}/readyz")), stop);
        _host.ReportUnaskedEnd(meshOperator);
        lock (_running) _running.Add(meshOperator);
    }

    private void StartServiceAddresses()
    {
        foreach (var (service, address) in new[] { ("catalog", Address(31)), ("payments", Address(32)) })
        {
            var replicas = Without.Pods.Where(pod => pod.Service == service).Select(pod => new IPEndPoint(pod.Address, _ports.Application));
            _running.Add(new ServiceAddress(new(address, _ports.Application), [.. replicas]));
        }
    }

    private RunningShop PlainShop()
    {
        var pods = Replicas.Select((replica, index) => new Pod(replica.Service, NameOf(replica), Address(11 + index),
            Application("without", replica, Address(11 + index), new()
            {
                ["catalog__address"] = $"{Address(31)}:{_ports.Application}",
                ["payments__address"] = $"{Address(32)}:{_ports.Application}",
            }), sidecar: null, _host)).ToList();
        return new("without", pods, new($"http://{pods[0].Address}:{_ports.Application}/"));
    }

    private RunningShop MeshedShop()
    {
        var pods = Replicas.Select((replica, index) => new Pod(replica.Service, NameOf(replica), Address(21 + index),
            Application("with", replica, Address(21 + index), new() { ["http_proxy"] = $"http://{Address(21 + index)}:{_ports.Outbound}" }),
            Sidecar(replica, Address(21 + index)), _host)).ToList();
        return new("with", pods, new($"http://{pods[0].Address}:{_ports.Inbound}/"));
    }

    private Container Application(string shop, (string Service, int) replica, IPAddress address, Dictionary<string, string> environment)
    {
        var url = $"http://{address}:{_ports.Application}";
        var command = new Command($"{shop}-{NameOf(replica)}", Programs.Service(replica.Service), [], new Dictionary<string, string>
        {
            ["ASPNETCORE_URLS"] = url,
            ["POD_NAME"] = NameOf(replica),
            ["Logging__LogLevel__Default"] = "Warning",
            ["Logging__LogLevel__Microsoft.Hosting.Lifetime"] = "Information",
            // Not the user's own: who has a proxy, and which, is the point here.
            ["HTTP_PROXY"] = "",
            ["http_proxy"] = environment.GetValueOrDefault("http_proxy", ""),
            ["no_proxy"] = "",
        }.Concat(environment.Where(entry => entry.Key != "http_proxy")).ToDictionary());
        return new(command, new($"{url}/healthz"));
    }

    private Container Sidecar((string, int) replica, IPAddress address) => new(
        new($"with-{NameOf(replica)}-sidecar", _options.Proxy,
            "run", "--operator", $"http://{Address(1)}:{_ports.Discovery}", "--name", NameOf(replica), "--namespace", "shop",
            "--outbound", $"{address}:{_ports.Outbound}", "--inbound", $"{address}:{_ports.Inbound}={address}:{_ports.Application}",
            "--admin", $"{address}:{_ports.ProxyAdmin}", "--drain-timeout", "2s"),
        new($"http://{address}:{_ports.ProxyAdmin}/ready"));

    private IPAddress Address(int host) => new([127, 0, (byte)_block, (byte)host]);

    private static string NameOf((string Service, int Replica) replica) => $"{replica.Service}-{replica.Replica}";
}
