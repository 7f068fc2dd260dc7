using System.Net;
using System.Threading.Channels;
using k8s;
using k8s.Autorest;
using k8s.Models;
using Mesh.LocalCluster.Network;

namespace Mesh.LocalCluster.Node;

/// <summary>Brings one pod to life, tells the API server how it is, and buries it.</summary>
internal sealed class PodWorker(Kubernetes client, NodeNetwork network, Images images, string authority, V1Pod pod, string folder, TimeProvider time)
{
    private static readonly TimeSpan RetryPeriod = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan VolumePeriod = TimeSpan.FromSeconds(10);

    private readonly Channel<bool> _changed = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly TaskCompletionSource<TimeSpan> _terminated = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Null until it has its network and its volumes.</summary>
    public PodRun? Run { get; private set; }

    /// <summary>Asks it to end within a time. Only the first time is heard.</summary>
    public void Terminate(TimeSpan grace)
    {
        _terminated.TrySetResult(grace);
    }

    public async Task RunAsync()
    {
        await using var sandbox = await network.AddPodAsync(pod.Metadata.Uid);
        var volumes = new PodVolumes(client, pod, sandbox.Address.ToString(), Path.Combine(folder, "volumes"), authority, time);
        using var over = new CancellationTokenSource();
        if (await PrepareAsync(volumes))
        {
            var run = Run = new PodRun(new(pod, sandbox, volumes, images, folder, time), () => _changed.Writer.TryWrite(true));
            _ = _terminated.Task.ContinueWith(grace => run.Terminate(grace.Result), TaskScheduler.Default);
            var telling = TellAsync(run, over.Token);
            var refreshing = RefreshAsync(volumes, over.Token);
            await run.RunAsync();
            await over.CancelAsync();
            await Task.WhenAll(telling, refreshing);
            await WriteStatusAsync(run);
        }

        // One whose work is done stays to be seen.
        await _terminated.Task;
        await RemoveAsync();
    }

    /// <summary>Tells the API server that the pod is no more.</summary>
    private async Task RemoveAsync()
    {
        try
        {
            await client.CoreV1.DeleteNamespacedPodAsync(pod.Metadata.Name, pod.Metadata.NamespaceProperty, new V1DeleteOptions
            {
                GracePeriodSeconds = 0,
                Preconditions = new() { Uid = pod.Metadata.Uid },
            });
        }
        catch (HttpOperationException gone) when (gone.Response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Conflict)
        {
            // Somebody was faster.
        }
    }

    private async Task<bool> PrepareAsync(PodVolumes volumes)
    {
        while (!_terminated.Task.IsCompleted)
        {
            try
            {
                await volumes.WriteAsync(CancellationToken.None);
                return true;
            }
            catch (HttpOperationException missing)
            {
                await Console.Error.WriteLineAsync($"pod {pod.Metadata.NamespaceProperty}/{pod.Metadata.Name}: {missing.Response.Content}");
                await Task.Delay(RetryPeriod, time);
            }
        }

        return false;
    }

    private async Task RefreshAsync(PodVolumes volumes, CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            await Task.Delay(VolumePeriod, time, over).ContinueWith(_ => { }, TaskScheduler.Default);
            try
            {
                if (!over.IsCancellationRequested) await volumes.WriteAsync(over);
            }
            catch (Exception failure) when (failure is HttpOperationException or OperationCanceledException)
            {
                // What was written stays.
            }
        }
    }

    private async Task TellAsync(PodRun run, CancellationToken over)
    {
        try
        {
            await foreach (var _ in _changed.Reader.ReadAllAsync(over)) await WriteStatusAsync(run);
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // The last word is the caller's.
        }
    }

    private async Task WriteStatusAsync(PodRun run)
    {
        try
        {
            var status = run.Status();
            await client.CoreV1.PatchNamespacedPodStatusAsync(new V1Patch(new { metadata = new { uid = pod.Metadata.Uid }, status }, V1Patch.PatchType.MergePatch), pod.Metadata.Name, pod.Metadata.NamespaceProperty);
            pod.Status = status;
        }
        catch (HttpOperationException gone) when (gone.Response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Conflict)
        {
            // It has been removed.
        }
    }
}
