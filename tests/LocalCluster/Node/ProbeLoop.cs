using k8s.Models;

namespace Mesh.LocalCluster.Node;

/// <summary>Asks a container how it is, for as long as it runs.</summary>
internal sealed class ProbeLoop(V1Container container, PodSettings settings, ContainerProcess process, ContainerState state, Action changed)
{
    /// <summary>Ends when the container does, or when it's to be ended since it failed its startup or liveness probe: then true.</summary>
    public async Task<bool> RunAsync(CancellationToken stop)
    {
        if (container.StartupProbe is { } startup && !await PassesAsync(startup, stop)) return !stop.IsCancellationRequested;
        state.IsStarted = true;
        state.IsReady = container.ReadinessProbe is null;
        changed();
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var readiness = container.ReadinessProbe is { } ready ? WatchAsync(ready, SetReady, ended.Token) : Task.CompletedTask;
        var isDead = container.LivenessProbe is { } live && await FailsAsync(live, stop);
        if (isDead) await ended.CancelAsync();
        await readiness;
        return isDead && !stop.IsCancellationRequested;
    }

    private async Task<bool> PassesAsync(V1Probe probe, CancellationToken stop)
    {
        bool? passed = null;
        using var known = CancellationTokenSource.CreateLinkedTokenSource(stop);
        await WatchAsync(probe, result => { passed = result; known.Cancel(); }, known.Token);
        return passed is true;
    }

    private async Task<bool> FailsAsync(V1Probe probe, CancellationToken stop)
    {
        using var known = CancellationTokenSource.CreateLinkedTokenSource(stop);
        await WatchAsync(probe, result => { if (!result) known.Cancel(); }, known.Token);
        return known.IsCancellationRequested && !stop.IsCancellationRequested;
    }

    /// <summary>Says when as many answers in a row were good or bad as the thresholds demand.</summary>
    private async Task WatchAsync(V1Probe probe, Action<bool> say, CancellationToken stop)
    {
        var probing = new Probing(container, settings, process);
        var (successes, failures) = (0, 0);
        try
        {
            await Task.Delay(TimeSpan.FromSeconds(probe.InitialDelaySeconds ?? 0), settings.Time, stop);
            while (true)
            {
                if (await probing.AskAsync(probe, stop)) (successes, failures) = (successes + 1, 0);
                else (successes, failures) = (0, failures + 1);
                if (successes >= (probe.SuccessThreshold ?? 1)) say(true);
                if (failures >= (probe.FailureThreshold ?? 3)) say(false);
                await Task.Delay(TimeSpan.FromSeconds(probe.PeriodSeconds ?? 10), settings.Time, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // It has ended, or all is known.
        }
    }

    private void SetReady(bool isReady)
    {
        if (state.IsReady == isReady) return;
        state.IsReady = isReady;
        changed();
    }
}
