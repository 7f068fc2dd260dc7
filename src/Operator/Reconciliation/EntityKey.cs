using Mesh.Operator.State;

namespace Mesh.Operator.Reconciliation;

/// <summary>An entity of any kind that has a status.</summary>
internal readonly record struct EntityKey(ResourceKind Kind, NamespacedName Name)
{
    public override string ToString() => $"{Kind} {Name}";
}
