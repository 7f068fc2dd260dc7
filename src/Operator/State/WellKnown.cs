using Mesh.Api.Injection;

namespace Mesh.Operator.State;

/// <summary>Labels and annotations that the state is indexed by.</summary>
internal static class WellKnown
{
    /// <summary>On an EndpointSlice: the service that it belongs to. Source: KEP-752.</summary>
    public const string ServiceNameLabel = "kubernetes.io/service-name";

    /// <summary>
    /// On a pod with a sidecar: for each of the application's ports the sidecar's own that takes its traffic, as
    /// <c>8080=15006,9090=15007</c>.
    /// </summary>
    public const string InboundPortsAnnotation = PodAnnotations.InboundPorts;

    /// <summary>
    /// On a Pod manifest of a standalone mesh, <c>"true"</c>: its sidecar is a process of its own. In Kubernetes the container is the
    /// proof, and this is not read.
    /// </summary>
    public const string MeshedAnnotation = "mesh.io/meshed";

    /// <summary>On a pod: the requests that it gets relative to other endpoints, 1 to 1000. Default: 100.</summary>
    public const string WeightAnnotation = PodAnnotations.Weight;

    /// <summary>
    /// On a service (its own ports) or a pod (the application's): ports and ranges of them that are relayed as TCP, the first bytes not
    /// waited for, as <c>3306,5000-5010</c>.
    /// </summary>
    public const string OpaquePortsAnnotation = PodAnnotations.OpaquePorts;

    /// <summary>On a namespace or a pod: whether peers prove who they are, Permissive, Strict or Off in any case. The pod's wins.</summary>
    public const string MtlsAnnotation = PodAnnotations.Mtls;

    /// <summary>On a pod: the same for single ports of the application, as <c>8080=strict,9090=off</c>.</summary>
    public const string MtlsPortsAnnotation = PodAnnotations.MtlsPorts;
}
