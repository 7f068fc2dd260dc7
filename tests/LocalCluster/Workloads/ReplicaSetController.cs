using k8s;
using k8s.Models;
using Mesh.LocalCluster.Control;

namespace Mesh.LocalCluster.Workloads;

/// <summary>ReplicaSets: as many pods as are wanted.</summary>
internal sealed class ReplicaSetController(Kubernetes client) : IController
{
    public async Task ReconcileAsync(ClusterView view, CancellationToken cancellation)
    {
        foreach (var set in view.ReplicaSets.Where(set => set.Metadata.DeletionTimestamp is null))
        {
            var pods = view.PodsOf(set).Where(PodState.IsActive).ToList();
            await WriteStatusAsync(set, pods, cancellation);
            await ScaleAsync(set, pods, cancellation);
        }
    }

    private async Task ScaleAsync(V1ReplicaSet set, List<V1Pod> pods, CancellationToken cancellation)
    {
        var wanted = set.Spec.Replicas ?? 1;
        for (var i = pods.Count; i < wanted; i++)
            await client.CoreV1.CreateNamespacedPodAsync(Owned.Pod(set, set.Spec.Template), set.Metadata.NamespaceProperty, cancellationToken: cancellation);
        // Those that don't serve first, then the youngest.
        foreach (var pod in pods.OrderBy(PodState.IsReady).ThenByDescending(pod => pod.Metadata.CreationTimestamp).Take(pods.Count - wanted))
            await client.CoreV1.DeleteNamespacedPodAsync(pod.Metadata.Name, pod.Metadata.NamespaceProperty, cancellationToken: cancellation);
    }

    private async Task WriteStatusAsync(V1ReplicaSet set, List<V1Pod> pods, CancellationToken cancellation)
    {
        var ready = pods.Count(PodState.IsReady);
        var status = new V1ReplicaSetStatus
        {
            Replicas = pods.Count,
            FullyLabeledReplicas = pods.Count,
            ReadyReplicas = ready,
            AvailableReplicas = ready,
            ObservedGeneration = set.Metadata.Generation,
        };
        if (set.Status.Says(status)) return;
        await client.AppsV1.PatchNamespacedReplicaSetStatusAsync(
            new V1Patch(new { status }, V1Patch.PatchType.MergePatch), set.Metadata.Name, set.Metadata.NamespaceProperty, cancellationToken: cancellation);
    }
}
