using System.Collections.Immutable;
using System.Globalization;
using k8s.Models;
using Mesh.Api.Discovery;
using Mesh.Operator.State;
using Endpoint = Mesh.Api.Discovery.Endpoint;

namespace Mesh.Operator.Compilation;

/// <summary>Where requests to a service's port may go.</summary>
internal static class EndpointSelection
{
    /// <summary>
    /// The endpoints that are ready; where none is, those that still serve while they terminate (KEP-1669). A pod with addresses
    /// of both families is one endpoint, by its IPv4 address. In order of address and port.
    /// </summary>
    public static ImmutableArray<Endpoint> Select(ClusterSnapshot cluster, NamespacedName service, V1ServicePort port)
    {
        if (!cluster.EndpointSlicesByService.TryGetValue(service, out var slices)) return [];
        var ready = new SortedDictionary<string, Endpoint>(StringComparer.Ordinal);
        var serving = new SortedDictionary<string, Endpoint>(StringComparer.Ordinal);
        var podsSeen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var slice in slices.Values.Where(s => s.AddressType is "IPv4" or "IPv6").OrderBy(s => s.AddressType, StringComparer.Ordinal))
        {
            if (TargetPort(slice, port) is not { } target) continue;
            foreach (var endpoint in slice.Endpoints ?? [])
            {
                var into = IsReady(endpoint) ? ready : IsServing(endpoint) ? serving : null;
                if (into is null || endpoint.Addresses is not { Count: > 0 }) continue;
                var compiled = Compile(cluster, slice, endpoint, target);
                if (slice.AddressType == "IPv4" && compiled.Pod.Length > 0) podsSeen.Add(compiled.Pod);
                else if (podsSeen.Contains(compiled.Pod)) continue;
                into.TryAdd(Authority.EndpointKey(compiled.Address, (int)compiled.Port), compiled);
            }
        }
        return [.. (ready.Count > 0 ? ready : serving).Values];
    }

    private static Endpoint Compile(ClusterSnapshot cluster, V1EndpointSlice slice, V1Endpoint endpoint, int port)
    {
        var pod = endpoint.TargetRef is { Kind: "Pod", Name: not null } reference
            ? new NamespacedName(reference.NamespaceProperty ?? slice.Namespace() ?? "", reference.Name)
            : (NamespacedName?)null;
        return new Endpoint
        {
            // A slice's addresses are interchangeable and consumers take the first: discovery/v1 Endpoint.
            Address = endpoint.Addresses[0],
            Port = (uint)(pod is { } name && cluster.Pods.TryGetValue(name, out var found) ? InboundPort(found, port) : port),
            Pod = pod?.ToString() ?? "",
        };
    }

    /// <summary>The number of the port that carries the service port's name in this slice.</summary>
    private static int? TargetPort(V1EndpointSlice slice, V1ServicePort port) =>
        slice.Ports?.FirstOrDefault(p => (p.Name ?? "") == (port.Name ?? "") && ServicePorts.IsTcp(p.Protocol))?.Port;

    // Absent conditions are to be read as: ready, serving as it is ready, not terminating (discovery/v1 EndpointConditions).
    private static bool IsReady(V1Endpoint endpoint) => endpoint.Conditions?.Ready ?? true;

    private static bool IsServing(V1Endpoint endpoint) => endpoint.Conditions is { Serving: true, Terminating: true };

    /// <summary>The port on which a pod's sidecar takes what is meant for one of the application's ports.</summary>
    private static int InboundPort(V1Pod pod, int port)
    {
        if (pod.Metadata.Annotations is not { } annotations || !annotations.TryGetValue(WellKnown.InboundPortsAnnotation, out var mapping)) return port;
        foreach (var entry in mapping.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (entry.Split('=', StringSplitOptions.TrimEntries) is [var from, var to] && ParsePort(from) == port && ParsePort(to) is { } mapped) return mapped;
        }
        return port;
    }

    private static int? ParsePort(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= ushort.MaxValue ? port : null;
}
