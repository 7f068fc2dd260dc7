using System.Collections.Immutable;
using k8s.Models;
using Mesh.Operator.State;

namespace Mesh.Operator.Compilation;

/// <summary>Which service's port an endpoint belongs to. Where there are several, the oldest service decides, then the first by name.</summary>
internal static class EndpointOwner
{
    /// <summary>The service of the endpoint at an address and port; null where nobody's endpoint is there.</summary>
    public static (NamespacedName Service, int Port)? OfAddress(ClusterSnapshot cluster, string address, int port) =>
        First(cluster, cluster.EndpointSlicesByAddress.GetValueOrDefault(address), found => found == port);

    /// <summary>The service that sends to an application's port in a pod; null where none does.</summary>
    public static (NamespacedName Service, int Port)? OfPod(ClusterSnapshot cluster, NamespacedName pod, int applicationPort)
    {
        var slices = cluster.EndpointSlicesByPod.GetValueOrDefault(pod);
        // Slices have the application's port in Kubernetes, and may have the sidecar's own without it.
        if (cluster.Pods.TryGetValue(pod, out var known))
        {
            var sidecarPort = InboundPorts.Map(PodTraits.Of(known).InboundPorts, applicationPort);
            return First(cluster, slices, found => found == applicationPort || found == sidecarPort);
        }
        // Without a Pod nobody says which of the two it is, so only one port leaves no doubt.
        var ports = (slices ?? []).SelectMany(slice => cluster.EndpointSlices[slice].Ports ?? []).Where(port => ServicePorts.IsTcp(port.Protocol)).Select(port => port.Port).Distinct();
        return First(cluster, slices, ports.Count() == 1 ? _ => true : found => found == applicationPort);
    }

    private static (NamespacedName Service, int Port)? First(ClusterSnapshot cluster, ImmutableHashSet<NamespacedName>? slices, Func<int, bool> hasPort)
    {
        var owners =
            from name in slices ?? []
            let slice = cluster.EndpointSlices[name]
            let service = SliceMembers.ServiceOf(slice)
            where service is not null && cluster.Services.ContainsKey(service.Value)
            from port in slice.Ports ?? []
            where port.Port is { } number && ServicePorts.IsTcp(port.Protocol) && hasPort(number)
            let owner = cluster.Services[service.Value]
            let servicePort = ServicePorts.Named(owner, port.Name)
            where servicePort is not null
            orderby owner.CreationTimestamp() ?? DateTime.MaxValue, service.Value, servicePort.Port
            select ((NamespacedName, int)?)(service.Value, servicePort.Port);
        return owners.FirstOrDefault();
    }
}
