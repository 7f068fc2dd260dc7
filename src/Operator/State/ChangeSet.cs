namespace Mesh.Operator.State;

/// <summary>
/// What may have changed between two snapshots, in the terms of those who follow: it grows with what changed, not with the
/// number of events, and never beyond the cluster itself.
/// </summary>
internal sealed class ChangeSet
{
    /// <summary>All that depends on the state is to be looked at again: the first look, or MeshConfig changed.</summary>
    public bool Everything { get; set; }

    /// <summary>Services of which the object, the endpoints, an endpoint's pod as far as it matters, or the policies changed.</summary>
    public HashSet<NamespacedName> Services { get; } = [];

    /// <summary>Addresses, of services and of endpoints, that are now another's, or nobody's.</summary>
    public HashSet<string> Addresses { get; } = [];

    /// <summary>Pods that are now behind endpoints of other services, or other ports of them, or are others in what the mesh takes from them.</summary>
    public HashSet<NamespacedName> Pods { get; } = [];

    public HashSet<NamespacedName> Policies { get; } = [];

    public HashSet<NamespacedName> Authorizations { get; } = [];

    /// <summary>Namespaces of which something changed that all their pods may depend on: an annotation, a policy of authorization, a service that one names.</summary>
    public HashSet<string> Namespaces { get; } = [];

    public bool IsEmpty =>
        !Everything && Services.Count == 0 && Addresses.Count == 0 && Pods.Count == 0 && Policies.Count == 0 && Authorizations.Count == 0 && Namespaces.Count == 0;

    public void UnionWith(ChangeSet other)
    {
        Everything |= other.Everything;
        Services.UnionWith(other.Services);
        Addresses.UnionWith(other.Addresses);
        Pods.UnionWith(other.Pods);
        Policies.UnionWith(other.Policies);
        Authorizations.UnionWith(other.Authorizations);
        Namespaces.UnionWith(other.Namespaces);
    }
}
