using k8s.Models;

namespace Mesh.LocalCluster.Node;

/// <summary>A container's life: started, probed, started again, stopped.</summary>
internal sealed class ContainerRun(V1Container container, PodSettings settings, Action changed)
{
    /// <summary>Shorter than a kubelet's 10 s to 5 min: here nobody wants to wait.</summary>
    private static readonly TimeSpan FirstBackOff = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestBackOff = TimeSpan.FromSeconds(10);

    private readonly TaskCompletionSource _stopping = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ContainerProcess? _process;

    public V1Container Container => container;

    public ContainerState State { get; } = new();

    public ContainerLog Log { get; private set; } = new();

    public ContainerLog? PreviousLog { get; private set; }

    /// <summary>Completes once its startup probe has succeeded, or it has run without one.</summary>
    public Task Started => _started.Task;

    /// <summary>What runs now; null where nothing does.</summary>
    public ContainerProcess? Process => State.Current.Running is null ? null : _process;

    /// <summary>Runs it until it's stopped, or is not to be started again.</summary>
    /// <param name="restart">When: Always, OnFailure, Never.</param>
    public async Task RunAsync(string restart)
    {
        for (var backOff = FirstBackOff; ; backOff = backOff * 2 < LongestBackOff ? backOff * 2 : LongestBackOff)
        {
            var exitCode = await RunOnceAsync();
            changed();
            if (_stopping.Task.IsCompleted || restart is "Never" || (restart is "OnFailure" && exitCode == 0)) return;
            (State.Last, State.Current) = (State.Current, new() { Waiting = new() { Reason = "CrashLoopBackOff", Message = $"back-off {backOff.TotalSeconds} s" } });
            changed();
            await Task.WhenAny(_stopping.Task, Task.Delay(backOff, settings.Time));
            if (_stopping.Task.IsCompleted) return;
            State.Restarts++;
            (PreviousLog, Log) = (Log, new());
        }
    }

    /// <summary>preStop, SIGTERM, and after what's left of the grace SIGKILL.</summary>
    public async Task StopAsync(TimeSpan grace)
    {
        _stopping.TrySetResult();
        if (_process is not { Exit.IsCompleted: false } process) return;
        using var patience = new CancellationTokenSource(grace, settings.Time);
        await PreStopAsync(process, patience.Token);
        await process.TerminateAsync();
        await Task.WhenAny(process.Exit, Task.Delay(Timeout.InfiniteTimeSpan, patience.Token));
        if (!process.Exit.IsCompleted) process.Kill();
        await process.Exit;
    }

    private async Task<int> RunOnceAsync()
    {
        if (settings.Images.Find(container.Image) is not { } image)
        {
            State.Current = new() { Waiting = new() { Reason = "ErrImagePull", Message = $"{container.Image}: this machine has nothing that stands for it" } };
            changed();
            await _stopping.Task;
            return 0;
        }

        var folder = Directory.CreateDirectory(Path.Combine(settings.Folder, "containers", $"{container.Name}.{State.Restarts}")).FullName;
        var process = _process = ContainerProcess.Start(folder, container, settings, image, Log);
        var startedAt = settings.Time.GetUtcNow().UtcDateTime;
        State.Current = new() { Running = new() { StartedAt = startedAt } };
        changed();
        var exitCode = await ProbeAsync(process);
        (State.IsReady, State.IsStarted) = (false, false);
        State.Current = new()
        {
            Terminated = new() { ExitCode = exitCode, Reason = exitCode == 0 ? "Completed" : "Error", StartedAt = startedAt, FinishedAt = settings.Time.GetUtcNow().UtcDateTime },
        };
        return exitCode;
    }

    private async Task<int> ProbeAsync(ContainerProcess process)
    {
        using var ended = new CancellationTokenSource();
        var probes = new ProbeLoop(container, settings, process, State, OnChange).RunAsync(ended.Token);
        // One that fails its liveness probe is ended as any other, within its pod's grace.
        if (await Task.WhenAny(process.Exit, probes) == probes && await probes && !_stopping.Task.IsCompleted)
        {
            await process.TerminateAsync();
            await Task.WhenAny(process.Exit, Task.Delay(TimeSpan.FromSeconds(settings.Pod.Spec.TerminationGracePeriodSeconds ?? 30), settings.Time));
            if (!process.Exit.IsCompleted) process.Kill();
        }

        var exitCode = await process.Exit;
        await ended.CancelAsync();
        await probes;
        return exitCode;
    }

    private void OnChange()
    {
        if (State.IsStarted) _started.TrySetResult();
        changed();
    }

    private async Task PreStopAsync(ContainerProcess process, CancellationToken patience)
    {
        if (container.Lifecycle?.PreStop is not { } hook) return;
        try
        {
            var probing = new Probing(container, settings, process);
            if (hook.HttpGet is { } get) await probing.GetAsync(get, patience);
            if (hook.Exec is { } exec) await probing.ExecuteAsync(exec.Command, patience);
            if (hook.Sleep is { } sleep) await Task.Delay(TimeSpan.FromSeconds(sleep.Seconds), settings.Time, patience);
        }
        catch (Exception failure) when (failure is OperationCanceledException or HttpRequestException or InvalidOperationException)
        {
            Log.Add(new(settings.Time.GetUtcNow(), $"preStop: {failure.Message}"));
        }
    }
}
