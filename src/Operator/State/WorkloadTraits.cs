using k8s;
using k8s.Models;
using Mesh.Api.Resources;

namespace Mesh.Operator.State;

/// <summary>What a pod's own side takes from the pod and from its namespace.</summary>
internal static class WorkloadTraits
{
    public static bool Same(V1Pod? before, V1Pod? after) =>
        before is null || after is null ? before is null && after is null
        : Same(before.Metadata.Labels, after.Metadata.Labels) && SameAnnotations(before, after) && Ports(before).SequenceEqual(Ports(after));

    /// <summary>Of the mesh's own annotations.</summary>
    public static bool SameAnnotations(IKubernetesObject<V1ObjectMeta>? before, IKubernetesObject<V1ObjectMeta>? after) =>
        Annotations(before).SequenceEqual(Annotations(after));

    private static IEnumerable<KeyValuePair<string, string>> Annotations(IKubernetesObject<V1ObjectMeta>? resource) =>
        (resource?.Metadata.Annotations ?? new Dictionary<string, string>())
            .Where(annotation => annotation.Key.StartsWith(MeshApi.Group + "/", StringComparison.Ordinal))
            .OrderBy(annotation => annotation.Key, StringComparer.Ordinal);

    private static bool Same(IDictionary<string, string>? before, IDictionary<string, string>? after) =>
        (before?.Count ?? 0) == (after?.Count ?? 0) && (before ?? new Dictionary<string, string>()).All(label => after!.TryGetValue(label.Key, out var value) && value == label.Value);

    private static IEnumerable<(string Name, int Number)> Ports(V1Pod pod) =>
        (pod.Spec?.Containers ?? []).SelectMany(container => container.Ports ?? []).Select(port => (port.Name, port.ContainerPort));
}
