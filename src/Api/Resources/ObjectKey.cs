namespace Mesh.Api.Resources;

/// <summary>Which object: its kind, its namespace (empty where the kind has none) and its name.</summary>
public readonly record struct ObjectKey(string Kind, string Namespace, string Name)
{
    /// <summary><c>TrafficPolicy shop/catalog</c>, <c>MeshConfig default</c>.</summary>
    public override string ToString() => Namespace.Length > 0 ? $"{Kind} {Namespace}/{Name}" : $"{Kind} {Name}";
}
