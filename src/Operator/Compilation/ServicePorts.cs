using k8s.Models;

namespace Mesh.Operator.Compilation;

internal static class ServicePorts
{
    /// <summary>The TCP port of a service by its number; null where it has none, or is but a name for something outside.</summary>
    public static V1ServicePort? Find(V1Service service, int port) =>
        service.Spec?.Type == "ExternalName" ? null : service.Spec?.Ports?.FirstOrDefault(p => p.Port == port && IsTcp(p.Protocol));

    public static bool IsTcp(string? protocol) => protocol is null or "" or "TCP";
}
