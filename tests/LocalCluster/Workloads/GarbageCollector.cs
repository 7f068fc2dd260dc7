using k8s;
using k8s.Models;
using Mesh.LocalCluster.Control;

namespace Mesh.LocalCluster.Workloads;

/// <summary>Deletes what has lost its owner.</summary>
internal sealed class GarbageCollector(Kubernetes client) : IController
{
    public async Task ReconcileAsync(ClusterView view, CancellationToken cancellation)
    {
        IKubernetesObject<V1ObjectMeta>[] owners = [.. view.Deployments, .. view.ReplicaSets, .. view.Jobs, .. view.Services];
        var there = owners.Select(owner => owner.Metadata.Uid).ToHashSet(StringComparer.Ordinal);
        bool IsOrphan(IKubernetesObject<V1ObjectMeta> value) => value.Metadata is { DeletionTimestamp: null, OwnerReferences.Count: > 0 }
            && value.Metadata.OwnerReferences.All(owner => owner.Kind is "Deployment" or "ReplicaSet" or "Job" or "Service" && !there.Contains(owner.Uid));

        foreach (var set in view.ReplicaSets.Where(IsOrphan))
            await client.AppsV1.DeleteNamespacedReplicaSetAsync(set.Metadata.Name, set.Metadata.NamespaceProperty, cancellationToken: cancellation);
        foreach (var pod in view.Pods.Where(IsOrphan))
            await client.CoreV1.DeleteNamespacedPodAsync(pod.Metadata.Name, pod.Metadata.NamespaceProperty, cancellationToken: cancellation);
        foreach (var slice in view.Slices.Where(IsOrphan))
            await client.DiscoveryV1.DeleteNamespacedEndpointSliceAsync(slice.Metadata.Name, slice.Metadata.NamespaceProperty, cancellationToken: cancellation);
    }
}
