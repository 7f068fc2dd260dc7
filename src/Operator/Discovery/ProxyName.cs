namespace Mesh.Operator.Discovery;

/// <summary>A proxy, by the name that is its own among those that run.</summary>
internal readonly record struct ProxyName(string Namespace, string Name)
{
    public override string ToString() => $"{Namespace}/{Name}";
}
