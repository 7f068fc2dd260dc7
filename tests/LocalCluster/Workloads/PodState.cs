using k8s.Models;

namespace Mesh.LocalCluster.Workloads;

internal static class PodState
{
    public static bool IsTerminating(this V1Pod pod) => pod.Metadata.DeletionTimestamp is not null;

    public static bool IsFinished(this V1Pod pod) => pod.Status?.Phase is "Succeeded" or "Failed";

    /// <summary>Whether its workload counts on it.</summary>
    public static bool IsActive(this V1Pod pod) => !pod.IsTerminating() && !pod.IsFinished();

    public static bool IsReady(this V1Pod pod) => pod.Status?.Conditions?.Any(condition => condition is { Type: "Ready", Status: "True" }) is true;
}
