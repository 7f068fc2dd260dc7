using System.Globalization;
using System.IO.Hashing;
using System.Text;
using k8s;
using k8s.Models;
using Mesh.LocalCluster.Control;

namespace Mesh.LocalCluster.Workloads;

/// <summary>Deployments: a ReplicaSet for each version of the template, and a rolling update from one to the next.</summary>
internal sealed class DeploymentController(Kubernetes client, TimeProvider time) : IController
{
    private const string HashLabel = "pod-template-hash";
    private const string RevisionAnnotation = "deployment.kubernetes.io/revision";

    public async Task ReconcileAsync(ClusterView view, CancellationToken cancellation)
    {
        foreach (var deployment in view.Deployments.Where(deployment => deployment.Metadata.DeletionTimestamp is null))
        {
            var sets = view.ReplicaSets.Where(set => ClusterView.IsOwned(set, deployment)).ToList();
            var name = $"{deployment.Metadata.Name}-{Hash(deployment.Spec.Template)}";
            if (sets.Find(set => set.Metadata.Name == name) is { } current) await RollAsync(deployment, current, [.. sets.Where(set => set != current)], cancellation);
            else await client.AppsV1.CreateNamespacedReplicaSetAsync(NewSet(deployment, name, sets), deployment.Metadata.NamespaceProperty, cancellationToken: cancellation);
        }
    }

    /// <summary>One step: as many new pods as the surge allows, as few old ones as what's available allows.</summary>
    private async Task RollAsync(V1Deployment deployment, V1ReplicaSet current, List<V1ReplicaSet> old, CancellationToken cancellation)
    {
        var wanted = deployment.Spec.Replicas ?? 1;
        var (surge, unavailable) = Leeway(deployment, wanted);
        var all = old.Append(current).Sum(Replicas);
        var available = old.Append(current).Sum(set => set.Status?.AvailableReplicas ?? 0);
        var more = Math.Min(wanted - Replicas(current), wanted + surge - all);
        if (more > 0) await ScaleAsync(current, Replicas(current) + more, cancellation);
        else if (Replicas(current) > wanted) await ScaleAsync(current, wanted, cancellation);

        // Old pods that don't serve go first: nobody misses them.
        foreach (var set in old.Where(set => Replicas(set) > 0))
        {
            var idle = Replicas(set) - (set.Status?.AvailableReplicas ?? 0);
            var fewer = Math.Min(Replicas(set), idle + Math.Max(0, available - (wanted - unavailable)));
            if (fewer <= 0) continue;
            available -= fewer - idle;
            await ScaleAsync(set, Replicas(set) - fewer, cancellation);
        }

        await WriteStatusAsync(deployment, current, [.. old.Append(current)], cancellation);
    }

    private static int Replicas(V1ReplicaSet set) => set.Spec.Replicas ?? 1;

    private static (int Surge, int Unavailable) Leeway(V1Deployment deployment, int wanted)
    {
        var rolling = deployment.Spec.Strategy?.RollingUpdate;
        var (surge, unavailable) = (Share(rolling?.MaxSurge, wanted, Math.Ceiling), Share(rolling?.MaxUnavailable, wanted, Math.Floor));
        return surge == 0 && unavailable == 0 ? (0, 1) : (surge, unavailable);
    }

    private static int Share(IntOrString? value, int of, Func<double, double> round)
    {
        var text = value?.Value ?? "25%";
        return text.EndsWith('%')
            ? (int)round(int.Parse(text[..^1], CultureInfo.InvariantCulture) * of / 100.0)
            : int.Parse(text, CultureInfo.InvariantCulture);
    }

    private Task<V1ReplicaSet> ScaleAsync(V1ReplicaSet set, int replicas, CancellationToken cancellation) => client.AppsV1.PatchNamespacedReplicaSetAsync(
        new V1Patch(new { spec = new { replicas } }, V1Patch.PatchType.MergePatch), set.Metadata.Name, set.Metadata.NamespaceProperty, cancellationToken: cancellation);

    private async Task WriteStatusAsync(V1Deployment deployment, V1ReplicaSet current, List<V1ReplicaSet> sets, CancellationToken cancellation)
    {
        var wanted = deployment.Spec.Replicas ?? 1;
        var status = new V1DeploymentStatus
        {
            ObservedGeneration = deployment.Metadata.Generation,
            Replicas = sets.Sum(set => set.Status?.Replicas ?? 0),
            UpdatedReplicas = current.Status?.Replicas ?? 0,
            ReadyReplicas = sets.Sum(set => set.Status?.ReadyReplicas ?? 0),
            AvailableReplicas = sets.Sum(set => set.Status?.AvailableReplicas ?? 0),
        };
        status.UnavailableReplicas = Math.Max(0, wanted - status.AvailableReplicas.Value);
        var isDone = status.UpdatedReplicas == wanted && status.Replicas == wanted && status.AvailableReplicas == wanted;
        var isAvailable = status.AvailableReplicas >= wanted - Leeway(deployment, wanted).Unavailable;
        status.Conditions =
        [
            Condition(deployment, "Available", isAvailable, isAvailable ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable"),
            Condition(deployment, "Progressing", true, isDone ? "NewReplicaSetAvailable" : "ReplicaSetUpdated"),
        ];
        var patch = new { metadata = new { annotations = new Dictionary<string, string> { [RevisionAnnotation] = Revision(current) } } };
        if (deployment.GetAnnotation(RevisionAnnotation) != Revision(current))
            await client.AppsV1.PatchNamespacedDeploymentAsync(new V1Patch(patch, V1Patch.PatchType.MergePatch), deployment.Metadata.Name, deployment.Metadata.NamespaceProperty, cancellationToken: cancellation);
        if (deployment.Status.Says(status)) return;
        await client.AppsV1.PatchNamespacedDeploymentStatusAsync(
            new V1Patch(new { status }, V1Patch.PatchType.MergePatch), deployment.Metadata.Name, deployment.Metadata.NamespaceProperty, cancellationToken: cancellation);
    }

    private V1DeploymentCondition Condition(V1Deployment deployment, string type, bool isTrue, string reason)
    {
        var status = isTrue ? "True" : "False";
        var before = deployment.Status?.Conditions?.FirstOrDefault(condition => condition.Type == type);
        if (before is not null && before.Status == status && before.Reason == reason) return before;
        var now = time.GetUtcNow().UtcDateTime;
        return new() { Type = type, Status = status, Reason = reason, Message = reason, LastUpdateTime = now, LastTransitionTime = now };
    }

    private static string Revision(V1ReplicaSet set) => set.GetAnnotation(RevisionAnnotation) ?? "1";

    private static V1ReplicaSet NewSet(V1Deployment deployment, string name, List<V1ReplicaSet> before)
    {
        var template = KubernetesJson.Deserialize<V1PodTemplateSpec>(KubernetesJson.Serialize(deployment.Spec.Template));
        template.Metadata ??= new();
        template.Metadata.Labels = Labels(template.Metadata.Labels, name, deployment);
        var revision = before.Select(set => int.Parse(Revision(set), CultureInfo.InvariantCulture)).DefaultIfEmpty(0).Max() + 1;
        return new()
        {
            Metadata = new()
            {
                Name = name,
                Labels = template.Metadata.Labels,
                Annotations = new Dictionary<string, string> { [RevisionAnnotation] = revision.ToString(CultureInfo.InvariantCulture) },
                OwnerReferences = [Owned.Reference(deployment)],
            },
            Spec = new()
            {
                Replicas = 0,
                Selector = new() { MatchLabels = Labels(deployment.Spec.Selector.MatchLabels, name, deployment), MatchExpressions = deployment.Spec.Selector.MatchExpressions },
                Template = template,
            },
        };
    }

    private static Dictionary<string, string> Labels(IDictionary<string, string>? labels, string name, V1Deployment deployment) =>
        new(labels ?? new Dictionary<string, string>()) { [HashLabel] = name[(deployment.Metadata.Name.Length + 1)..] };

    private static string Hash(V1PodTemplateSpec template) =>
        XxHash32.HashToUInt32(Encoding.UTF8.GetBytes(KubernetesJson.Serialize(template))).ToString("x8", CultureInfo.InvariantCulture);
}
