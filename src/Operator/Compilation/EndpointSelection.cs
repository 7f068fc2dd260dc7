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
    /// of both families is one endpoint, by its address of the scope's family. In order of address and port.
    /// </summary>
    public static ImmutableArray<Endpoint> Select(ClusterSnapshot cluster, NamespacedName service, V1ServicePort port, DestinationScope scope = default)
    {
        if (scope.IsInbound || !cluster.EndpointSlicesByService.TryGetValue(service, out var slices)) return [];
        var found = cluster.Services.GetValueOrDefault(service);
        var family = scope.Family ?? (found is null ? "IPv4" : ServicePorts.FirstFamily(found));
        var ready = new SortedDictionary<string, Endpoint>(StringComparer.Ordinal);
        var serving = new SortedDictionary<string, Endpoint>(StringComparer.Ordinal);
        var podsSeen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var slice in slices.Values.Where(s => s.AddressType is "IPv4" or "IPv6").OrderBy(s => s.AddressType != family))
        {
            if (TargetPort(slice, port) is not { } target) continue;
            foreach (var endpoint in slice.Endpoints ?? [])
            {
                if (endpoint.Addresses is not { Count: > 0 } || !IsWithin(scope, endpoint, target)) continue;
                // Who names one endpoint has chosen it, as it is; and a service may want its endpoints before they are ready.
                var anyState = scope.Endpoint is not null || found?.Spec?.PublishNotReadyAddresses is true;
                var into = anyState || IsReady(endpoint) ? ready : IsServing(endpoint) ? serving : null;
                if (into is null) continue;
                var compiled = Compile(cluster, slice, endpoint, target);
                if (slice.AddressType == family && compiled.Pod.Length > 0) podsSeen.Add(compiled.Pod);
                else if (podsSeen.Contains(compiled.Pod)) continue;
                into.TryAdd(Authority.EndpointKey(compiled.Address, (int)compiled.Port), compiled);
            }
        }
        return [.. (ready.Count > 0 ? ready : serving).Values];
    }

    /// <summary>The number of the port that carries the service port's name in a slice; null where none does.</summary>
    public static int? TargetPort(V1EndpointSlice slice, V1ServicePort port) =>
        slice.Ports?.FirstOrDefault(p => (p.Name ?? "") == (port.Name ?? "") && ServicePorts.IsTcp(p.Protocol))?.Port;

    private static bool IsWithin(DestinationScope scope, V1Endpoint endpoint, int port) =>
        (scope.Endpoint is not { } key || (SliceMembers.AddressOf(endpoint) is { } address && Authority.EndpointKey(address, port) == key))
        && (scope.Node is not { } node || endpoint.NodeName == node);

    private static Endpoint Compile(ClusterSnapshot cluster, V1EndpointSlice slice, V1Endpoint endpoint, int port)
    {
        var pod = SliceMembers.PodOf(slice, endpoint);
        var traits = pod is { } name ? PodTraits.Of(cluster.Pods.GetValueOrDefault(name)) : default;
        var compiled = new Endpoint
        {
            // A slice's addresses are interchangeable and consumers take the first: discovery/v1 Endpoint.
            Address = endpoint.Addresses[0],
            Port = (uint)InboundPorts.Map(traits.InboundPorts, port),
            Pod = pod?.ToString() ?? "",
            Weight = Weight(traits.Weight),
            Zone = endpoint.Zone ?? "",
            Identity = pod is { } meshed ? EndpointIdentity.Of(cluster, meshed, traits, port) : "",
        };
        if (endpoint.Hints?.ForZones is { } zones) compiled.ForZones.AddRange(zones.Select(zone => zone.Name).Order(StringComparer.Ordinal));
        return compiled;
    }

    // Absent conditions are to be read as: ready, serving as it is ready, not terminating (discovery/v1 EndpointConditions).
    private static bool IsReady(V1Endpoint endpoint) => endpoint.Conditions?.Ready ?? true;

    private static bool IsServing(V1Endpoint endpoint) => endpoint.Conditions is { Serving: true, Terminating: true };

    // What can't be read stands for nothing said: 0 is unset on the wire, and means 100.
    private static uint Weight(string? annotation) =>
        uint.TryParse(annotation, NumberStyles.None, CultureInfo.InvariantCulture, out var weight) && weight is >= 1 and <= 1000 ? weight : 0;
}
