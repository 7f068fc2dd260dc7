using System.Net;
using k8s.Models;

namespace Mesh.Operator.State;

/// <summary>What an EndpointSlice belongs to, and whom it names.</summary>
internal static class SliceMembers
{
    public static NamespacedName? ServiceOf(V1EndpointSlice slice) =>
        slice.Metadata.Labels is { } labels && labels.TryGetValue(WellKnown.ServiceNameLabel, out var service)
            ? new(slice.Metadata.NamespaceProperty ?? "", service)
            : null;

    /// <summary>The pod behind an endpoint; null where it is no pod.</summary>
    public static NamespacedName? PodOf(V1EndpointSlice slice, V1Endpoint endpoint) =>
        endpoint.TargetRef is { Kind: "Pod", Name: not null } pod ? new(pod.NamespaceProperty ?? slice.Metadata.NamespaceProperty ?? "", pod.Name) : null;

    /// <summary>An endpoint's address in canonical text; null where it is a name. Consumers take the first: discovery/v1 Endpoint.</summary>
    public static string? AddressOf(V1Endpoint endpoint) =>
        endpoint.Addresses is [var first, ..] && IPAddress.TryParse(first, out var address) ? address.ToString() : null;

    /// <summary>
    /// Gives a slice the endpoints of its former version where they are the same. One change brings all of a slice's endpoints again: what
    /// was kept for long stays, and what was read again is garbage at once, which costs least.
    /// </summary>
    public static void Share(V1EndpointSlice former, V1EndpointSlice slice)
    {
        if (former.Endpoints is not { Count: > 0 } || slice.Endpoints is null) return;
        var known = former.Endpoints.Where(endpoint => endpoint.Addresses is [_, ..]).ToLookup(endpoint => endpoint.Addresses[0], StringComparer.Ordinal);
        slice.Endpoints = [.. slice.Endpoints.Select(endpoint => (endpoint.Addresses is [var first, ..] ? known[first] : []).FirstOrDefault(other => Same(endpoint, other), endpoint))];
    }

    public static IEnumerable<NamespacedName> Pods(V1EndpointSlice slice) =>
        (slice.Endpoints ?? []).Select(endpoint => PodOf(slice, endpoint)).OfType<NamespacedName>();

    public static IEnumerable<string> Addresses(V1EndpointSlice slice) => (slice.Endpoints ?? []).Select(AddressOf).OfType<string>();

    private static bool Same(V1Endpoint left, V1Endpoint right) =>
        left.Addresses.SequenceEqual(right.Addresses)
        && (left.Hostname, left.NodeName, left.Zone) == (right.Hostname, right.NodeName, right.Zone)
        && (left.TargetRef?.Kind, left.TargetRef?.NamespaceProperty, left.TargetRef?.Name, left.TargetRef?.Uid)
            == (right.TargetRef?.Kind, right.TargetRef?.NamespaceProperty, right.TargetRef?.Name, right.TargetRef?.Uid)
        && (left.Conditions?.Ready, left.Conditions?.Serving, left.Conditions?.Terminating) == (right.Conditions?.Ready, right.Conditions?.Serving, right.Conditions?.Terminating)
        && SameZones(left.Hints?.ForZones, right.Hints?.ForZones);

    private static bool SameZones(IList<V1ForZone>? left, IList<V1ForZone>? right) =>
        ReferenceEquals(left, right) || (left is not null && right is not null && left.Select(zone => zone.Name).SequenceEqual(right.Select(zone => zone.Name)));
}
