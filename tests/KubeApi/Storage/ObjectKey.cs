namespace Mesh.KubeApi.Storage;

/// <summary>Where an object lies: its resource (<c>group/plural</c>), namespace (empty for cluster scope) and name.</summary>
internal sealed record ObjectKey(string Resource, string Namespace, string Name) : IComparable<ObjectKey>
{
    public int CompareTo(ObjectKey? other)
    {
        if (other is null) return 1;
        var order = string.CompareOrdinal(Resource, other.Resource);
        if (order == 0) order = string.CompareOrdinal(Namespace, other.Namespace);
        return order == 0 ? string.CompareOrdinal(Name, other.Name) : order;
    }
}
