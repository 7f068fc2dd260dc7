using k8s.Models;

namespace Mesh.Operator.Compilation;

internal static class ServicePorts
{
    /// <summary>The TCP port of a service by its number; null where it has none, or is but a name for something outside.</summary>
    public static V1ServicePort? Find(V1Service service, int port) => Tcp(service).FirstOrDefault(p => p.Port == port);

    /// <summary>The TCP port of a service by its name, as EndpointSlices refer to it; null where it has none.</summary>
    public static V1ServicePort? Named(V1Service service, string? name) => Tcp(service).FirstOrDefault(p => (p.Name ?? "") == (name ?? ""));

    public static bool IsTcp(string? protocol) => protocol is null or "" or "TCP";

    public static bool IsHeadless(V1Service service) => service.Spec is { ClusterIP: "None" };

    /// <summary>The family of the addresses that clients get first. Default: IPv4.</summary>
    public static string FirstFamily(V1Service service) => service.Spec?.IpFamilies is [var first, ..] ? first : "IPv4";

    private static IEnumerable<V1ServicePort> Tcp(V1Service service) =>
        service.Spec?.Type == "ExternalName" ? [] : (service.Spec?.Ports ?? []).Where(p => IsTcp(p.Protocol));
}
