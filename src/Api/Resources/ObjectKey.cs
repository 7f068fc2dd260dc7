using k8s;
using k8s.Models;

namespace Mesh.Api.Resources;

/// <summary>Which object: its kind, its namespace (empty where the kind has none) and its name.</summary>
public readonly record struct ObjectKey(string Kind, string Namespace, string Name)
{
    /// <summary>That of an object.</summary>
    public static ObjectKey Of(IKubernetesObject<V1ObjectMeta> resource) =>
        new(resource.Kind, resource.Metadata.NamespaceProperty ?? "", resource.Metadata.Name);

    /// <summary><c>TrafficPolicy shop/catalog</c>, <c>MeshConfig default</c>.</summary>
    public override string ToString() => Namespace.Length > 0 ? $"{Kind} {Namespace}/{Name}" : $"{Kind} {Name}";
}
