using System.Net.Http.Json;
using Mesh.Rig;
using Mesh.Rig.Pods;
using Mesh.Rig.Processes;
using Shop.Service;

namespace Shop.Demo.Shops;

/// <summary>One replica of a service: an application at an address of its own, and in the mesh a sidecar beside it.</summary>
internal sealed class Pod(Replica replica, Container application, Container? sidecar, PodHost host) : IAsyncDisposable
{
    private static readonly TimeSpan RestartDelay = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _removed = new();
    private ChildProcess? _application;
    private ChildProcess? _sidecar;
    private Task _restarting = Task.CompletedTask;

    public Replica Replica => replica;

    public async Task StartAsync(CancellationToken stop)
    {
        _application = await host.StartAsync(application, stop);
        _restarting = RestartAsync(_application);
        if (sidecar is null) return;
        _sidecar = await host.StartAsync(sidecar, stop);
        host.ReportUnaskedEnd(_sidecar);
    }

    /// <summary>The whole pod is gone at once, as when its node is.</summary>
    public Task KillAsync() => Task.WhenAll(_application!.KillAsync(), _sidecar?.KillAsync() ?? Task.CompletedTask);

    public async Task TellAsync(Fault fault, CancellationToken stop)
    {
        using var response = await host.Client.PostAsJsonAsync(new Uri(application.Ready, "/faults"), fault, stop);
        response.EnsureSuccessStatusCode();
    }

    public async ValueTask DisposeAsync()
    {
        await _removed.CancelAsync();
        await _restarting;
        if (_sidecar is not null) await _sidecar.DisposeAsync();
        if (_application is not null) await _application.DisposeAsync();
        _removed.Dispose();
    }

    /// <summary>An application that ends by itself (<c>POST /faults {"die": true}</c>) is started anew, as the kubelet would.</summary>
    private async Task RestartAsync(ChildProcess current)
    {
        try
        {
            while (true)
            {
                await current.Exited.WaitAsync(_removed.Token);
                if (current.Stopping) return;
                await Task.Delay(RestartDelay, _removed.Token);
                _application = current = await host.StartAsync(application, _removed.Token);
            }
        }
        catch (OperationCanceledException)
        {
        }
        catch (RigFailedException e)
        {
            host.Report(e);
        }
    }
}
