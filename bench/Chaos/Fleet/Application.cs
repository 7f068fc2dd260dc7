using System.Net.Http.Json;
using Mesh.ChaosService;
using Mesh.Rig.Pods;
using Mesh.Rig.Processes;

namespace Mesh.Chaos.Fleet;

/// <summary>One process of the service, which both sides of a row use in turn.</summary>
internal sealed class Application(Container container, Uri url, string arrivals, PodHost host) : IAsyncDisposable
{
    private const int WarmUps = 200;

    private ChildProcess? _process;
    private Switches _switches = new();

    public Uri Url => url;

    /// <summary>The requests that have reached it, all its processes together.</summary>
    public long Arrivals
    {
        get
        {
            using var file = new FileStream(arrivals, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            Span<byte> count = stackalloc byte[sizeof(long)];
            file.ReadExactly(count);
            return BitConverter.ToInt64(count);
        }
    }

    /// <summary>Starts it where it doesn't run, and has it answer until it is warm.</summary>
    public async Task StartAsync(CancellationToken stop)
    {
        if (_process is { Exited.IsCompleted: false }) return;
        _process = await host.StartAsync(container, stop);
        _switches = new();
        for (var answered = 0; answered < WarmUps; answered++)
        {
            using var response = await host.Client.GetAsync(url, stop);
        }
    }

    public async Task SwitchAsync(Func<Switches, Switches> change, CancellationToken stop)
    {
        _switches = change(_switches);
        using var response = await host.Client.PutAsJsonAsync(new Uri(container.Ready, "/switches"), _switches, stop);
        response.EnsureSuccessStatusCode();
    }

    /// <summary>Ends it without a goodbye.</summary>
    public Task KillAsync() => _process?.KillAsync() ?? Task.CompletedTask;

    /// <summary>Asks it to end, as Kubernetes does: it finishes what it has begun.</summary>
    public Task StopAsync() => _process?.StopAsync() ?? Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_process is not null) await _process.DisposeAsync();
    }
}
