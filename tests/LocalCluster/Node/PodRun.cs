using k8s.Models;

namespace Mesh.LocalCluster.Node;

/// <summary>
/// A pod's life. Init containers run one after the other; those that stay (sidecars) have to start before what follows them, and end after
/// all others, in reverse order.
/// </summary>
internal sealed class PodRun
{
    private readonly PodSettings _settings;
    private readonly List<ContainerRun> _inits;
    private readonly List<ContainerRun> _containers;
    private readonly List<(ContainerRun Run, Task Life)> _sidecars = [];
    private readonly TaskCompletionSource<TimeSpan> _terminating = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Action _changed;

    public PodRun(PodSettings settings, Action changed)
    {
        (_settings, _changed) = (settings, changed);
        _inits = [.. (settings.Pod.Spec.InitContainers ?? []).Select(container => new ContainerRun(container, settings, changed))];
        _containers = [.. settings.Pod.Spec.Containers.Select(container => new ContainerRun(container, settings, changed))];
    }

    public IEnumerable<ContainerRun> Containers => _inits.Concat(_containers);

    public bool IsTerminating => _terminating.Task.IsCompleted;

    private TimeSpan Grace => IsTerminating ? _terminating.Task.Result : TimeSpan.FromSeconds(_settings.Pod.Spec.TerminationGracePeriodSeconds ?? 30);

    private string Restart => _settings.Pod.Spec.RestartPolicy ?? "Always";

    /// <summary>Runs it until all its work is done, or it's asked to end.</summary>
    public async Task RunAsync()
    {
        if (await InitializeAsync() && !IsTerminating)
        {
            var lives = Task.WhenAll(_containers.Select(container => container.RunAsync(Restart)));
            await Task.WhenAny(lives, _terminating.Task);
            await Task.WhenAll(_containers.Select(container => container.StopAsync(Grace)));
            await lives;
        }

        foreach (var (sidecar, life) in Enumerable.Reverse(_sidecars))
        {
            await sidecar.StopAsync(Grace);
            await life;
        }
        _changed();
    }

    /// <summary>Asks it to end within a time.</summary>
    public void Terminate(TimeSpan grace) => _terminating.TrySetResult(grace);

    public V1PodStatus Status() => PodStatus.Of(_settings, _inits, _containers);

    /// <returns>Whether the containers may start.</returns>
    private async Task<bool> InitializeAsync()
    {
        foreach (var init in _inits)
        {
            if (IsTerminating) return false;
            var isSidecar = init.Container.RestartPolicy is "Always";
            var life = init.RunAsync(isSidecar ? "Always" : Restart is "Never" ? "Never" : "OnFailure");
            if (isSidecar) _sidecars.Add((init, life));
            await Task.WhenAny(isSidecar ? init.Started : life, _terminating.Task);
            if (IsTerminating && !isSidecar) await init.StopAsync(Grace);
            if (!isSidecar && !init.State.HasSucceeded) return false;
        }

        return true;
    }
}
