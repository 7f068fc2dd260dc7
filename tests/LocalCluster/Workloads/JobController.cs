using k8s;
using k8s.Models;
using Mesh.LocalCluster.Control;

namespace Mesh.LocalCluster.Workloads;

/// <summary>Jobs of one completion: a pod, and another where it failed, up to the limit.</summary>
internal sealed class JobController(Kubernetes client, TimeProvider time) : IController
{
    private const int BackoffLimit = 6;

    public async Task ReconcileAsync(ClusterView view, CancellationToken cancellation)
    {
        foreach (var job in view.Jobs.Where(job => job.Metadata.DeletionTimestamp is null && job.Status?.CompletionTime is null))
        {
            var pods = view.PodsOf(job).ToList();
            var (succeeded, failed) = (pods.Count(pod => pod.Status?.Phase is "Succeeded"), pods.Count(pod => pod.Status?.Phase is "Failed"));
            var isOver = succeeded > 0 || failed > (job.Spec.BackoffLimit ?? BackoffLimit);
            if (!isOver && !pods.Any(PodState.IsActive))
                await client.CoreV1.CreateNamespacedPodAsync(NewPod(job), job.Metadata.NamespaceProperty, cancellationToken: cancellation);
            await WriteStatusAsync(job, pods.Count(PodState.IsActive), succeeded, failed, isOver, cancellation);
        }
    }

    private static V1Pod NewPod(V1Job job)
    {
        var pod = Owned.Pod(job, job.Spec.Template);
        pod.Metadata.Labels = new Dictionary<string, string>(pod.Metadata.Labels ?? new Dictionary<string, string>()) { ["batch.kubernetes.io/job-name"] = job.Metadata.Name };
        return pod;
    }

    private async Task WriteStatusAsync(V1Job job, int active, int succeeded, int failed, bool isOver, CancellationToken cancellation)
    {
        var now = time.GetUtcNow().UtcDateTime;
        var status = new V1JobStatus
        {
            StartTime = job.Status?.StartTime ?? now,
            Active = active,
            Succeeded = succeeded,
            Failed = failed,
            CompletionTime = isOver && succeeded > 0 ? now : null,
            Conditions = isOver ? [new() { Type = succeeded > 0 ? "Complete" : "Failed", Status = "True", LastTransitionTime = now }] : null,
        };
        if (job.Status.Says(status)) return;
        await client.BatchV1.PatchNamespacedJobStatusAsync(
            new V1Patch(new { status }, V1Patch.PatchType.MergePatch), job.Metadata.Name, job.Metadata.NamespaceProperty, cancellationToken: cancellation);
    }
}
