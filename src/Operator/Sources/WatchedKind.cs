using System.Text.Json;
using k8s;
using k8s.Models;
using Mesh.Operator.State;

namespace Mesh.Operator.Sources;

/// <summary>A kind that the operator follows: where the API server has it, and how to read one.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Path">The collection of all namespaces, from the API server's root.</param>
/// <param name="Read">Reads one object; it keeps only what the operator needs of it.</param>
internal sealed record WatchedKind(ResourceKind Kind, string Path, Func<JsonElement, ResourceChange> Read)
{
    /// <summary>The name of the kind's CustomResourceDefinition; null where the kind is Kubernetes' own.</summary>
    public string? Definition { get; init; }

    /// <summary>Reads one object's name only, as a deleted object needs no more.</summary>
    public static NamespacedName NameOf(JsonElement resource)
    {
        var metadata = resource.GetProperty("metadata");
        return new(Text(metadata, "namespace"), Text(metadata, "name"));
    }

    public static string Text(JsonElement parent, string name) => parent.TryGetProperty(name, out var value) ? value.GetString() ?? "" : "";

    public static ResourceChange Upsert<T>(JsonElement resource)
        where T : IKubernetesObject<V1ObjectMeta>
    {
        var read = KubernetesJson.Deserialize<T>(resource);
        read.Metadata.ManagedFields = null;
        return new ResourceChange.Upsert(read);
    }
}
