using System.Text.Json.Nodes;

namespace Mesh.Cli.Cluster;

/// <summary>Who makes a pod.</summary>
internal sealed record Workload(string Namespace, string Kind, string Name)
{
    // kubectl rollout restart knows these.
    private static readonly string[] Restartable = ["Deployment", "StatefulSet", "DaemonSet"];

    public bool CanRestart => Restartable.Contains(Kind);

    public override string ToString() => $"{Kind.ToLowerInvariant()}/{Name}";

    /// <summary>A pod's, by its owner: of a ReplicaSet with its template's hash, the Deployment that made it.</summary>
    public static Workload Of(JsonObject pod)
    {
        var (ns, name) = (pod.Text("metadata", "namespace"), pod.Text("metadata", "name"));
        if (pod["metadata"]?["ownerReferences"] is not JsonArray { Count: > 0 } owners) return new(ns, "Pod", name);
        var owner = owners.OfType<JsonObject>().FirstOrDefault(o => (bool?)o["controller"] is true) ?? owners[0]!.AsObject();
        var (kind, ownerName) = (owner.Text("kind"), owner.Text("name"));
        var hash = pod.Text("metadata", "labels", "pod-template-hash");
        return kind == "ReplicaSet" && hash.Length > 0 && ownerName.EndsWith($"-{hash}", StringComparison.Ordinal)
            ? new(ns, "Deployment", ownerName[..^(hash.Length + 1)])
            : new(ns, kind, ownerName);
    }
}
