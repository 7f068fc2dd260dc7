using System.Collections.Frozen;
using System.Globalization;
using k8s.Models;
using Mesh.Api.Discovery;
using Mesh.Operator.State;

namespace Mesh.Operator.Compilation;

/// <summary>
/// What connections to a service's port speak, by the first that says so: the annotation mesh.io/opaque-ports on the service or on a
/// pod behind it, the port's appProtocol, its name, its number. Where nothing does, the first bytes decide.
/// </summary>
internal static class PortProtocol
{
    // Their servers speak first, or their clients with what is no HTTP and may be waited for in vain.
    private static readonly FrozenSet<int> WellKnownOpaquePorts = new[] { 25, 587, 3306, 4444, 5432, 6379, 9300, 11211 }.ToFrozenSet();

    // KEP-3726's names, what Istio and Linkerd read beside them, and IANA's for the well-known ports above.
    private static readonly FrozenDictionary<string, AppProtocol> ByName = new Dictionary<string, AppProtocol>
    {
        ["http"] = AppProtocol.Http1,
        ["kubernetes.io/ws"] = AppProtocol.Http1,
        ["grpc-web"] = AppProtocol.Http1,
        ["http2"] = AppProtocol.Http2,
        ["h2c"] = AppProtocol.Http2,
        ["kubernetes.io/h2c"] = AppProtocol.Http2,
        ["grpc"] = AppProtocol.Http2,
        // TLS that is not the mesh's own passes through as it is.
        ["https"] = AppProtocol.Opaque,
        ["tls"] = AppProtocol.Opaque,
        ["kubernetes.io/wss"] = AppProtocol.Opaque,
        ["tcp"] = AppProtocol.Opaque,
        ["mongo"] = AppProtocol.Opaque,
        ["mysql"] = AppProtocol.Opaque,
        ["postgresql"] = AppProtocol.Opaque,
        ["redis"] = AppProtocol.Opaque,
        ["smtp"] = AppProtocol.Opaque,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public static AppProtocol Of(ClusterSnapshot cluster, NamespacedName service, V1ServicePort port, DestinationScope scope)
    {
        var found = cluster.Services.GetValueOrDefault(service);
        var slices = cluster.EndpointSlicesByService.GetValueOrDefault(service)?.Values ?? [];
        var targets = slices.Select(slice => EndpointSelection.TargetPort(slice, port)).OfType<int>().Distinct().ToList();
        if (HasPort(found?.Metadata.Annotations?.TryGetValue(WellKnown.OpaquePortsAnnotation, out var ports) is true ? ports : null, port.Port)) return AppProtocol.Opaque;
        if (slices.Any(slice => IsOpaqueInAPod(cluster, slice, port, scope))) return AppProtocol.Opaque;
        if (port.AppProtocol is { Length: > 0 } named) return ByName.GetValueOrDefault(named.ToLowerInvariant(), AppProtocol.Detect);
        if (ByPortName(port.Name) is { } byName) return byName;
        return WellKnownOpaquePorts.Contains(port.Port) || targets.Exists(WellKnownOpaquePorts.Contains) ? AppProtocol.Opaque : AppProtocol.Detect;
    }

    // "grpc", "grpc-public"; the longest prefix that is a protocol, since "grpc-web" is another one than "grpc".
    private static AppProtocol? ByPortName(string? name)
    {
        for (var prefix = name ?? ""; prefix.Length > 0; prefix = prefix.LastIndexOf('-') is > 0 and var end ? prefix[..end] : "")
        {
            if (ByName.TryGetValue(prefix, out var protocol)) return protocol;
        }
        return null;
    }

    private static bool IsOpaqueInAPod(ClusterSnapshot cluster, V1EndpointSlice slice, V1ServicePort port, DestinationScope scope)
    {
        if (EndpointSelection.TargetPort(slice, port) is not { } target) return false;
        return (slice.Endpoints ?? []).Any(endpoint =>
            (scope.Endpoint is not { } key || (SliceMembers.AddressOf(endpoint) is { } address && Authority.EndpointKey(address, target) == key))
            && SliceMembers.PodOf(slice, endpoint) is { } pod
            && PodTraits.Of(cluster.Pods.GetValueOrDefault(pod)) is { OpaquePorts: { } opaque } traits
            && HasPort(opaque, InboundPorts.MapBack(traits.InboundPorts, target)));
    }

    // "3306,5000-5010"; what can't be read names no port.
    private static bool HasPort(string? list, int port) =>
        (list ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Any(entry => entry.Split('-', StringSplitOptions.TrimEntries) switch
        {
            [var one] => Number(one) == port,
            [var from, var to] => Number(from) <= port && Number(to) >= port,
            _ => false,
        });

    private static int? Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
