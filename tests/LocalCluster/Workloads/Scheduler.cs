using k8s;
using k8s.Models;
using Mesh.LocalCluster.Control;

namespace Mesh.LocalCluster.Workloads;

/// <summary>There is one node: every pod goes there.</summary>
internal sealed class Scheduler(Kubernetes client) : IController
{
    public async Task ReconcileAsync(ClusterView view, CancellationToken cancellation)
    {
        foreach (var pod in view.Pods.Where(pod => pod.Spec.NodeName is null && pod.IsActive()))
        {
            await client.CoreV1.PatchNamespacedPodAsync(
                new V1Patch(new { spec = new { nodeName = LocalNode.Name } }, V1Patch.PatchType.MergePatch), pod.Metadata.Name, pod.Metadata.NamespaceProperty, cancellationToken: cancellation);
        }
    }
}
