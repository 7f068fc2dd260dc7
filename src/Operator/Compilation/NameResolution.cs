using k8s.Models;
using Mesh.Api.Discovery;
using Mesh.Operator.State;

namespace Mesh.Operator.Compilation;

/// <summary>What an authority stands for, asked by a client of some namespace.</summary>
internal static class NameResolution
{
    /// <summary>The suffix of service names where MeshConfig names none.</summary>
    public const string DefaultClusterDomain = "cluster.local";

    /// <summary>
    /// The service that an authority would stand for if it existed. A name decides that by itself; an address by who owns it now.
    /// </summary>
    public static NamespacedName? ServiceOf(ClusterSnapshot cluster, Authority authority, string clientNamespace)
    {
        if (AddressOf(authority) is { } address)
        {
            return cluster.ServicesByAddress.TryGetValue(address, out var owner) ? owner : null;
        }
        var domain = cluster.Config?.Spec.ClusterDomain ?? DefaultClusterDomain;
        var host = authority.Host.EndsWith("." + domain, StringComparison.Ordinal) ? authority.Host[..^(domain.Length + 1)] : null;
        return (host ?? authority.Host).Split('.') switch
        {
            [var name, var space, "svc"] => new(space, name),
            [var name, var space] when host is null => new(space, name),
            [var name] when host is null => new(clientNamespace, name),
            _ => null,
        };
    }

    /// <summary>The destination, or null where the mesh has none: no such service, or no such port.</summary>
    public static DestinationName? Resolve(ClusterSnapshot cluster, Authority authority, string clientNamespace)
    {
        if (ServiceOf(cluster, authority, clientNamespace) is not { } name) return null;
        if (!cluster.Services.TryGetValue(name, out var service) || ServicePorts.Find(service, authority.Port) is null) return null;
        return new(name, authority.Port, HasOwnPolicy(cluster, name, clientNamespace) ? clientNamespace : null);
    }

    /// <summary>The address that an authority names, as the state's index writes it; null where it is a name.</summary>
    public static string? AddressOf(Authority authority) =>
        authority.Address is { IsIPv4MappedToIPv6: true } mapped ? mapped.MapToIPv4().ToString() : authority.Address?.ToString();

    private static bool HasOwnPolicy(ClusterSnapshot cluster, NamespacedName service, string clientNamespace) =>
        clientNamespace != service.Namespace && AttachedPolicies.Of(cluster, service).Any(policy => policy.Namespace() == clientNamespace);
}
