using k8s.Models;
using Mesh.Api.Interception;
using Mesh.Api.Resources;

namespace Mesh.Api.Injection;

/// <summary>The pods that can't have a sidecar as they are, and what would have to be different.</summary>
internal static class Refusals
{
    /// <summary>What the containers that redirect connections, or check that they are, are named.</summary>
    public static readonly string[] OwnNames = [InterceptionNames.InitContainer, InterceptionNames.VerifyContainer];

    private const string OsLabel = "kubernetes.io/os";

    private static readonly int[] OwnPorts = [Sidecar.AdminPort, Sidecar.OutboundPort, Sidecar.HealthPort, Sidecar.InboundPort];

    private static readonly string Way = $"annotation {MeshApi.InjectAnnotation}: \"false\" on the pod leaves it out of the mesh";

    public static IEnumerable<string> Of(InjectionRequest request) => [.. Windows(request.Pod.Spec), .. Recorded(request), .. Volumes(request), .. OwnNamesIn(request), .. Of(request.Containers, request)];

    /// <summary>What of these containers can't be beside a sidecar.</summary>
    public static IEnumerable<string> Of(IEnumerable<V1Container> containers, InjectionRequest request) => containers.SelectMany(container => Of(container, request));

    // By each of the ways in which pods get to Windows nodes.
    private static IEnumerable<string> Windows(V1PodSpec spec)
    {
        var field = spec.Os?.Name == "windows" ? "spec.os.name"
            : spec.NodeSelector?.TryGetValue(OsLabel, out var os) is true && os == "windows" ? $"spec.nodeSelector[{OsLabel}]"
            : spec.Affinity?.NodeAffinity?.RequiredDuringSchedulingIgnoredDuringExecution?.NodeSelectorTerms is { Count: > 0 } terms && terms.All(IsWindows) ? $"spec.affinity.nodeAffinity: {OsLabel}"
            : null;
        if (field is not null) yield return $"{field}: found windows, expected linux, which the proxy runs on; {Way}";
    }

    private static bool IsWindows(V1NodeSelectorTerm term) =>
        term.MatchExpressions?.Any(expression => expression is { Key: OsLabel, OperatorProperty: "In", Values: { Count: > 0 } values } && values.All(os => os == "windows")) is true;

    private static IEnumerable<string> Recorded(InjectionRequest request)
    {
        if (request.Annotation(PodAnnotations.InboundPorts) is { } found)
        {
            yield return $"annotation {PodAnnotations.InboundPorts} on the pod: found \"{found}\", expected none: the mesh writes it where its sidecar stands";
        }
    }

    private static IEnumerable<string> Volumes(InjectionRequest request) =>
        from volume in request.Pod.Spec.Volumes ?? []
        where request.Options.Identity is not null && SidecarIdentity.Volumes.Contains(volume.Name)
        select $"volume {volume.Name}: expected another name, since this one is the mesh's own";

    private static IEnumerable<string> OwnNamesIn(InjectionRequest request) =>
        from container in request.Containers
        where OwnNames.Contains(container.Name)
        select $"container {container.Name}: expected another name, since this one is the mesh's own";

    private static IEnumerable<string> Of(V1Container container, InjectionRequest request)
    {
        var user = container.SecurityContext?.RunAsUser ?? request.Pod.Spec.SecurityContext?.RunAsUser;
        if (user == Sidecar.UserId) yield return $"container {container.Name}: securityContext.runAsUser: found {user}, expected another: what the sidecar's user opens is not intercepted";
        foreach (var port in container.Ports ?? [])
        {
            if (port.Protocol is null or "TCP" && OwnPorts.Contains(port.ContainerPort))
            {
                yield return $"container {container.Name}: ports: found {port.ContainerPort}, expected another: the sidecar listens on {string.Join(", ", OwnPorts)}";
            }
        }
    }
}
