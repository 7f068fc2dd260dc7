using System.Collections.Concurrent;
using k8s;
using k8s.Models;
using Mesh.LocalCluster.Control;
using Mesh.LocalCluster.Network;
using Mesh.LocalCluster.Workloads;

namespace Mesh.LocalCluster.Node;

/// <summary>Runs the pods that are bound to this node.</summary>
internal sealed class Kubelet(Kubernetes client, NodeNetwork network, Images images, string authority, string folder, TimeProvider time) : IController
{
    private readonly ConcurrentDictionary<string, PodWorker> _workers = new(StringComparer.Ordinal);

    /// <summary>The pod of that name that runs here; null where none does.</summary>
    public PodRun? Find(string uid) => _workers.GetValueOrDefault(uid)?.Run;

    public Task ReconcileAsync(ClusterView view, CancellationToken cancellation)
    {
        foreach (var pod in view.Pods.Where(pod => pod.Spec.NodeName is not null)) See(pod);
        var there = view.Pods.Select(pod => pod.Metadata.Uid).ToHashSet(StringComparer.Ordinal);
        foreach (var (uid, worker) in _workers)
        {
            if (!there.Contains(uid)) worker.Terminate(TimeSpan.Zero);
        }

        return Task.CompletedTask;
    }

    private void See(V1Pod pod)
    {
        if (!_workers.TryGetValue(pod.Metadata.Uid, out var worker))
        {
            worker = NewWorker(pod);
            if (!_workers.TryAdd(pod.Metadata.Uid, worker)) return;
            _ = LiveAsync(worker, pod);
        }

        if (pod.IsTerminating()) worker.Terminate(TimeSpan.FromSeconds(pod.Metadata.DeletionGracePeriodSeconds ?? 30));
    }

    private PodWorker NewWorker(V1Pod pod) => new(client, network, images, authority, pod, Path.Combine(folder, pod.Metadata.Uid), time);

    private static async Task LiveAsync(PodWorker worker, V1Pod pod)
    {
        try
        {
            await worker.RunAsync();
        }
        catch (Exception failure)
        {
            // The cluster lives on without it; what reads the pod's status sees that it doesn't get on.
            await Console.Error.WriteLineAsync($"pod {pod.Metadata.NamespaceProperty}/{pod.Metadata.Name}: {failure}");
        }
    }
}
