using System.Net;
using Mesh.Rig.Pods;
using Mesh.Rig.Processes;
using Mesh.Rig;

namespace Mesh.Chaos.Fleet;

/// <summary>
/// What all rows use: the operator, and applications that are started once and told what to be. Each has an address of its own on
/// the loopback, as pods have: 127.0.x.1 the operator, .10 the client's sidecar, .11 and up the applications.
/// </summary>
internal sealed class Machines : IAsyncDisposable
{
    private const int MostApplications = 9;
    private const int FirstApplication = 11;

    private readonly ChaosOptions _options;
    private readonly RunDirectory _run;
    private readonly ProcessStarter _starter;
    private readonly int _block = Random.Shared.Next(2, 250);
    private readonly Dictionary<int, Application> _applications = [];
    private ChildProcess? _operator;

    public Machines(ChaosOptions options, RunDirectory run, HttpClient client, TimeProvider time)
    {
        (_options, _run) = (options, run);
        _starter = new(run.Logs);
        Host = new(_starter, client, time);
        Ports = Ports.Free([.. Enumerable.Range(1, FirstApplication + MostApplications).Select(Address)], Ports.IsFree);
        Programs = new(options.Operator, options.Proxy, "chaos", run.State, Address(1), Ports);
    }

    public PodHost Host { get; }

    public Ports Ports { get; }

    public MeshPrograms Programs { get; }

    /// <summary>The users' own sidecar.</summary>
    public Replica Client => new("client", 1, Address(FirstApplication - 1));

    /// <summary>Where the pods that run are written down.</summary>
    public string Manifests => _run.Manifests;

    public async Task StartAsync(CancellationToken stop)
    {
        _operator = await Host.StartAsync(Programs.OperatorOf(_options.Mesh, _run.Manifests), stop);
        Host.ReportUnaskedEnd(_operator);
    }

    /// <summary>The replica of a service that an application plays, 1 and up.</summary>
    public Replica ReplicaOf(string service, int application) => new(service, application, Address(FirstApplication - 1 + application));

    public Application this[Replica replica] => _applications.TryGetValue(replica.Number, out var known) ? known : _applications[replica.Number] = New(replica);

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_applications.Values.Select(application => application.DisposeAsync().AsTask()));
        if (_operator is not null) await _operator.DisposeAsync();
        _starter.Dispose();
    }

    private Application New(Replica replica)
    {
        var name = $"application-{replica.Number}";
        var (url, control, arrivals) = ($"http://{replica.Address}:{Ports.Application}", $"http://{replica.Address}:{Ports.Control}", Path.Combine(_run.Path, $"{name}.arrivals"));
        var command = new Command(name, Path.Combine(AppContext.BaseDirectory, "mesh-chaos-service"), "--listen", url, "--control", control, "--arrivals", arrivals);
        return new(new(command, new($"{control}/healthz")), new(url), arrivals, Host);
    }

    private IPAddress Address(int host) => new([127, 0, (byte)_block, (byte)host]);
}
