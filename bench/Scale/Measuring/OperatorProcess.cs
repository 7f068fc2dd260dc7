using System.Net;
using System.Net.Sockets;
using Mesh.Rig;
using Mesh.Rig.Processes;

namespace Mesh.Scale.Measuring;

/// <summary>The operator under test, always at the same addresses, so that it can be restarted beneath its proxies.</summary>
internal sealed class OperatorProcess : IAsyncDisposable
{
    private readonly string _program;
    private readonly string _folder;
    private readonly string _kubeconfig;
    private readonly IPEndPoint _admin = FreeAddress();
    private readonly ProcessStarter _starter;
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false });
    private readonly TimeProvider _time;
    private ChildProcess? _process;

    public OperatorProcess(string program, Uri apiServer, TimeProvider time)
    {
        if (!File.Exists(program)) throw new RigFailedException($"there is no program {program}; `make build` builds it.");
        (_program, _time) = (program, time);
        _folder = Directory.CreateTempSubdirectory("mesh-scale-").FullName;
        _starter = new(_folder);
        _kubeconfig = Path.Combine(_folder, "kubeconfig");
        File.WriteAllText(_kubeconfig, $$"""
            apiVersion: v1
            kind: Config
            current-context: simulated
            contexts:
              - name: simulated
                context: { cluster: simulated, user: simulated }
            clusters:
              - name: simulated
                cluster: { server: "{{apiServer}}" }
            users:
              - name: simulated
                user: { token: simulated }
            """);
    }

    public IPEndPoint Discovery { get; } = FreeAddress();

    public int Id => _process!.Id;

    /// <summary>Starts it and waits until it has listed the cluster.</summary>
    public async Task StartAsync(CancellationToken stop)
    {
        string[] arguments = ["run", "--kubeconfig", _kubeconfig, "--discovery", $"{Discovery}", "--admin", $"{_admin}", "--webhook", "127.0.0.1:0", "--identity", "off"];
        _process = await _starter.StartAsync(new Command("operator", _program, arguments));
        await new Readiness(_client, _time).WaitAsync(_process, new($"http://{_admin}/readyz"), stop);
    }

    /// <summary>Ends it without a goodbye.</summary>
    public async Task KillAsync()
    {
        await _process!.KillAsync();
        await _process.DisposeAsync();
        _process = null;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null) await _process.DisposeAsync();
        _starter.Dispose();
        _client.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static IPEndPoint FreeAddress()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return (IPEndPoint)socket.LocalEndPoint!;
    }
}
