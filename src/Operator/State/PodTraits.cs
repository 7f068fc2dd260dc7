using k8s.Models;
using Mesh.Api.Interception;

namespace Mesh.Operator.State;

/// <summary>What endpoints and ports take from a pod: its annotations of the mesh, as they stand there, and whether it is in the mesh.</summary>
internal readonly record struct PodTraits(string? InboundPorts, string? Weight, string? OpaquePorts)
{
    /// <summary>Whom the pod runs as; null where no sidecar is beside it.</summary>
    public string? ServiceAccount { get; init; }

    /// <summary>Whether its sidecar takes what comes to any port; else only to those of <see cref="InboundPorts"/>.</summary>
    public bool IsIntercepted { get; init; }

    /// <summary>Ports of which that is not so.</summary>
    public string? SkipInboundPorts { get; init; }

    /// <summary>Modes of mutual TLS, by port and for the others.</summary>
    public (string? Mode, string? Ports) Mtls { get; init; }

    public static PodTraits Of(V1Pod? pod) =>
        new(Annotation(pod, WellKnown.InboundPortsAnnotation), Annotation(pod, WellKnown.WeightAnnotation), Annotation(pod, WellKnown.OpaquePortsAnnotation))
        {
            ServiceAccount = IsMeshed(pod) ? pod!.Spec?.ServiceAccountName is { Length: > 0 } account ? account : "default" : null,
            IsIntercepted = IsDeclaredMeshed(pod) || HasContainer(pod, InterceptionNames.InitContainer) || HasContainer(pod, InterceptionNames.VerifyContainer),
            SkipInboundPorts = Annotation(pod, InterceptionNames.SkipInboundPorts),
            Mtls = (Annotation(pod, WellKnown.MtlsAnnotation), Annotation(pod, WellKnown.MtlsPortsAnnotation)),
        };

    // The container is the proof: an annotation is anybody's to write.
    private static bool IsMeshed(V1Pod? pod) => IsDeclaredMeshed(pod) || HasContainer(pod, InterceptionNames.SidecarContainer);

    private static bool IsDeclaredMeshed(V1Pod? pod) => Annotation(pod, WellKnown.MeshedAnnotation) == "true";

    private static bool HasContainer(V1Pod? pod, string name) => Has(pod?.Spec?.InitContainers, name) || Has(pod?.Spec?.Containers, name);

    // By index: it is asked four times of each endpoint's pod with each change, and a closure and an enumerator each were a tenth of what a change allocated.
    private static bool Has(IList<V1Container>? containers, string name)
    {
        for (var i = 0; i < containers?.Count; i++)
        {
            if (containers[i].Name == name) return true;
        }
        return false;
    }

    private static string? Annotation(V1Pod? pod, string name) =>
        pod?.Metadata.Annotations is { } annotations && annotations.TryGetValue(name, out var value) ? value : null;
}
