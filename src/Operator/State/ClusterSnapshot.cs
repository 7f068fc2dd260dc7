using System.Collections.Immutable;
using k8s.Models;
using Mesh.Api.Resources;

namespace Mesh.Operator.State;

/// <summary>
/// The cluster at one moment, indexed by what compilation asks for. Successive snapshots share all that did not change, so that
/// one changed object costs a path in a few trees whatever the cluster's size.
/// </summary>
internal sealed class ClusterSnapshot
{
    public static readonly ClusterSnapshot Empty = new();

    public ImmutableDictionary<string, V1Namespace> Namespaces { get; init; } = ImmutableDictionary<string, V1Namespace>.Empty;

    public ImmutableDictionary<NamespacedName, V1Service> Services { get; init; } = ImmutableDictionary<NamespacedName, V1Service>.Empty;

    /// <summary>The service of a cluster IP, by the address's canonical text.</summary>
    public ImmutableDictionary<string, NamespacedName> ServicesByAddress { get; init; } = ImmutableDictionary<string, NamespacedName>.Empty;

    public ImmutableDictionary<NamespacedName, V1EndpointSlice> EndpointSlices { get; init; } =
        ImmutableDictionary<NamespacedName, V1EndpointSlice>.Empty;

    /// <summary>The slices of a service in the order of their names, so that two replicas read them alike.</summary>
    public ImmutableDictionary<NamespacedName, ImmutableSortedDictionary<string, V1EndpointSlice>> EndpointSlicesByService { get; init; } =
        ImmutableDictionary<NamespacedName, ImmutableSortedDictionary<string, V1EndpointSlice>>.Empty;

    /// <summary>The slices that name a pod as the one behind an endpoint.</summary>
    public ImmutableDictionary<NamespacedName, ImmutableHashSet<NamespacedName>> EndpointSlicesByPod { get; init; } =
        ImmutableDictionary<NamespacedName, ImmutableHashSet<NamespacedName>>.Empty;

    /// <summary>The slices that have an endpoint at an address, by the address's canonical text.</summary>
    public ImmutableDictionary<string, ImmutableHashSet<NamespacedName>> EndpointSlicesByAddress { get; init; } =
        ImmutableDictionary<string, ImmutableHashSet<NamespacedName>>.Empty;

    public ImmutableDictionary<NamespacedName, V1Pod> Pods { get; init; } = ImmutableDictionary<NamespacedName, V1Pod>.Empty;

    public ImmutableDictionary<NamespacedName, PolicyRecord> Policies { get; init; } = ImmutableDictionary<NamespacedName, PolicyRecord>.Empty;

    /// <summary>The policies that name a service as a target, in any version that is latest or in force.</summary>
    public ImmutableDictionary<NamespacedName, ImmutableSortedSet<NamespacedName>> PoliciesByTarget { get; init; } =
        ImmutableDictionary<NamespacedName, ImmutableSortedSet<NamespacedName>>.Empty;

    public ImmutableDictionary<NamespacedName, AuthorizationRecord> Authorizations { get; init; } =
        ImmutableDictionary<NamespacedName, AuthorizationRecord>.Empty;

    /// <summary>The AuthorizationPolicies of a namespace.</summary>
    public ImmutableDictionary<string, ImmutableSortedSet<NamespacedName>> AuthorizationsByNamespace { get; init; } =
        ImmutableDictionary<string, ImmutableSortedSet<NamespacedName>>.Empty;

    public ImmutableDictionary<string, ConfigRecord> Configs { get; init; } = ImmutableDictionary<string, ConfigRecord>.Empty;

    /// <summary>Whether sidecars have identities at all.</summary>
    public bool IssuesIdentities { get; init; }

    /// <summary>The kinds that have been listed at least once.</summary>
    public ImmutableHashSet<ResourceKind> Listed { get; init; } = [];

    /// <summary>Every kind has been listed: what is missing from here is missing from the cluster.</summary>
    public bool IsSynced => Listed.Count == ResourceKinds.All.Count;

    /// <summary>The MeshConfig in force; null where there is none.</summary>
    public MeshConfig? Config => Configs.GetValueOrDefault(MeshConfig.DefaultName)?.InForce;

    public int Count(ResourceKind kind) => kind switch
    {
        ResourceKind.Namespace => Namespaces.Count,
        ResourceKind.Service => Services.Count,
        ResourceKind.EndpointSlice => EndpointSlices.Count,
        ResourceKind.Pod => Pods.Count,
        ResourceKind.TrafficPolicy => Policies.Count,
        ResourceKind.AuthorizationPolicy => Authorizations.Count,
        ResourceKind.MeshConfig => Configs.Count,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };
}
