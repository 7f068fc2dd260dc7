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

    public static IEnumerable<NamespacedName> Pods(V1EndpointSlice slice) =>
        (slice.Endpoints ?? []).Select(endpoint => PodOf(slice, endpoint)).OfType<NamespacedName>();

    public static IEnumerable<string> Addresses(V1EndpointSlice slice) => (slice.Endpoints ?? []).Select(AddressOf).OfType<string>();
}
