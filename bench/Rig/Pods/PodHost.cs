using Mesh.Rig.Processes;

namespace Mesh.Rig.Pods;

/// <summary>The machine that everything runs on: starts programs, and hears of those that end unasked.</summary>
internal sealed class PodHost(ProcessStarter starter, HttpClient client, TimeProvider time)
{
    private readonly Readiness _readiness = new(client, time);
    private readonly TaskCompletionSource<RigFailedException> _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public HttpClient Client => client;

    /// <summary>Completes once a program ended that must not.</summary>
    public Task<RigFailedException> Failed => _failed.Task;

    /// <summary>Starts a program and waits until it is ready.</summary>
    public async Task<ChildProcess> StartAsync(Container container, CancellationToken stop)
    {
        var process = await starter.StartAsync(container.Command);
        try
        {
            await _readiness.WaitAsync(process, container.Ready, stop);
            return process;
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    public void Report(RigFailedException failure) => _failed.TrySetResult(failure);

    public void ReportUnaskedEnd(ChildProcess process) => _ = WatchAsync(process);

    private async Task WatchAsync(ChildProcess process)
    {
        var exitCode = await process.Exited;
        if (!process.Stopping) Report(new($"{process.Name} ended with exit code {exitCode}; {process.Log} ends with:\n{process.LastWords()}"));
    }
}
