using k8s.Models;

namespace Mesh.Operator.State;

/// <summary>What endpoints and ports take from a pod: its annotations of the mesh, as they stand there.</summary>
internal readonly record struct PodTraits(string? InboundPorts, string? Weight, string? OpaquePorts)
{
    public static PodTraits Of(V1Pod? pod) => new(
        Annotation(pod, WellKnown.InboundPortsAnnotation), Annotation(pod, WellKnown.WeightAnnotation), Annotation(pod, WellKnown.OpaquePortsAnnotation));

    private static string? Annotation(V1Pod? pod, string name) =>
        pod?.Metadata.Annotations is { } annotations && annotations.TryGetValue(name, out var value) ? value : null;
}
