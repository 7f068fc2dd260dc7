using k8s.Models;
using Mesh.Api.Discovery;
using Mesh.Operator.State;

namespace Mesh.Operator.Compilation;

/// <summary>What an authority stands for, asked by some client.</summary>
internal static class NameResolution
{
    /// <summary>The suffix of service names where MeshConfig names none.</summary>
    public const string DefaultClusterDomain = "cluster.local";

    // ExternalName services that point at one another go nowhere; resolvers follow no long chains of CNAMEs either.
    private const int MostAliases = 4;

    // The host by which a proxy asks for its own side: discovery.proto, Subscribe.
    private const string OwnSide = "inbound";

    /// <summary>Whether the authority asks for the proxy's own side, so that the answer depends on its pod.</summary>
    public static bool IsOwnSide(Authority authority) => authority.Host == OwnSide;

    public static ResolvedAuthority Resolve(ClusterSnapshot cluster, Authority authority, Client client) =>
        client.Pod is { } pod ? OfOwnSide(cluster, new(client.Namespace, pod), authority.Port)
        : AddressOf(authority) is { } address ? OfAddress(cluster, address, authority.Port, client)
        : OfName(cluster, authority, client);

    /// <summary>The address that an authority names, as the state's index writes it; null where it is a name.</summary>
    public static string? AddressOf(Authority authority) =>
        authority.Address is { IsIPv4MappedToIPv6: true } mapped ? mapped.MapToIPv4().ToString() : authority.Address?.ToString();

    private static ResolvedAuthority OfOwnSide(ClusterSnapshot cluster, NamespacedName pod, int port) =>
        EndpointOwner.OfPod(cluster, pod, port) is { } owner
            ? new(new DestinationName(owner.Service, owner.Port, null, DestinationScope.Inbound), owner.Service)
            : ResolvedAuthority.Nothing;

    private static ResolvedAuthority OfAddress(ClusterSnapshot cluster, string address, int port, Client client)
    {
        if (cluster.ServicesByAddress.TryGetValue(address, out var service))
            return OfService(cluster, service, port, client, address.Contains(':') ? "IPv6" : "IPv4");
        if (EndpointOwner.OfAddress(cluster, address, port) is not { } owner) return ResolvedAuthority.Nothing;
        var scope = new DestinationScope(Endpoint: Authority.EndpointKey(address, port));
        return new(Name(cluster, owner.Service, owner.Port, client, scope), owner.Service);
    }

    private static ResolvedAuthority OfName(ClusterSnapshot cluster, Authority authority, Client client) => Labels(cluster, authority.Host) switch
    {
        ([var name, var space, "svc"], _) => OfService(cluster, new(space, name), authority.Port, client),
        ([var host, var name, var space, "svc"], _) => OfPodName(cluster, host, new(space, name), authority.Port, client),
        ([var host, var name, var space], false) => OfPodName(cluster, host, new(space, name), authority.Port, client),
        ([var name, var space], false) => OfService(cluster, new(space, name), authority.Port, client),
        ([var name], false) => OfService(cluster, new(client.Namespace, name), authority.Port, client),
        _ => ResolvedAuthority.Nothing,
    };

    private static (string[] Labels, bool IsInDomain) Labels(ClusterSnapshot cluster, string host)
    {
        var suffix = "." + (cluster.Config?.Spec.ClusterDomain ?? DefaultClusterDomain);
        var isInDomain = host.EndsWith(suffix, StringComparison.Ordinal);
        return ((isInDomain ? host[..^suffix.Length] : host).Split('.'), isInDomain);
    }

    private static ResolvedAuthority OfService(ClusterSnapshot cluster, NamespacedName name, int port, Client client, string? family = null)
    {
        var asked = new List<NamespacedName> { name };
        while (Alias(cluster, name) is { } target)
        {
            if (asked.Count > MostAliases) return new(null, asked);
            asked.Add(name = target);
        }
        if (!cluster.Services.TryGetValue(name, out var service)) return new(null, asked);
        if (ServicePorts.Find(service, port) is { } found) return new(Name(cluster, name, found.Port, client, Scope(service, client, family)), asked);
        // The address of a headless service's name is a pod's, so the port that clients use with it is the pod's too.
        return new(ServicePorts.IsHeadless(service) && ByTargetPort(cluster, name, service, port) is { } behind ? Name(cluster, name, behind.Port, client, default) : null, asked);
    }

    /// <summary>The service in the cluster that an ExternalName names; what is outside the cluster is none of the mesh's destinations.</summary>
    private static NamespacedName? Alias(ClusterSnapshot cluster, NamespacedName name)
    {
        if (cluster.Services.GetValueOrDefault(name)?.Spec is not { Type: "ExternalName", ExternalName: { } external }) return null;
        return Labels(cluster, external.TrimEnd('.').ToLowerInvariant()) is ([var service, var space, "svc"], _) ? new(space, service) : null;
    }

    /// <summary>A pod of a headless service by its own name, as StatefulSets have them: <c>catalog-0.catalog.shop</c>.</summary>
    private static ResolvedAuthority OfPodName(ClusterSnapshot cluster, string host, NamespacedName name, int port, Client client)
    {
        if (!cluster.Services.TryGetValue(name, out var service) || !ServicePorts.IsHeadless(service)) return new(null, name);
        foreach (var slice in cluster.EndpointSlicesByService.GetValueOrDefault(name)?.Values ?? [])
        {
            if (slice.Endpoints?.FirstOrDefault(endpoint => endpoint.Hostname == host) is not { } found || SliceMembers.AddressOf(found) is not { } address) continue;
            var servicePort = ServicePorts.Find(service, port) ?? ByTargetPort(cluster, name, service, port);
            if (servicePort is null || EndpointSelection.TargetPort(slice, servicePort) is not { } target) continue;
            return new(Name(cluster, name, servicePort.Port, client, new(Endpoint: Authority.EndpointKey(address, target))), name);
        }
        return new(null, name);
    }

    private static V1ServicePort? ByTargetPort(ClusterSnapshot cluster, NamespacedName name, V1Service service, int port) =>
        (from slice in cluster.EndpointSlicesByService.GetValueOrDefault(name)?.Values ?? []
         from slicePort in slice.Ports ?? []
         where slicePort.Port == port && ServicePorts.IsTcp(slicePort.Protocol)
         select ServicePorts.Named(service, slicePort.Name)).FirstOrDefault(found => found is not null);

    // As kube-proxy: an address of a family leads to endpoints of that family, and "Local" to those on the client's node, if there are any or not.
    private static DestinationScope Scope(V1Service service, Client client, string? family) => new(
        Family: family is not null && family != ServicePorts.FirstFamily(service) && service.Spec.IpFamilies?.Count > 1 ? family : null,
        Node: service.Spec.InternalTrafficPolicy == "Local" && client.Node.Length > 0 ? client.Node : null);

    private static DestinationName Name(ClusterSnapshot cluster, NamespacedName service, int port, Client client, DestinationScope scope) =>
        new(service, port, HasOwnPolicy(cluster, service, client.Namespace) ? client.Namespace : null, scope);

    private static bool HasOwnPolicy(ClusterSnapshot cluster, NamespacedName service, string clientNamespace) =>
        clientNamespace != service.Namespace && AttachedPolicies.Of(cluster, service).Any(policy => policy.Namespace() == clientNamespace);
}
