using k8s;
using k8s.Models;
using Mesh.Api.Resources;

namespace Mesh.Operator.State;

internal static class ResourceKinds
{
    public static readonly IReadOnlyList<ResourceKind> All = Enum.GetValues<ResourceKind>();

    /// <exception cref="ArgumentException">The object is of a kind that the state does not hold.</exception>
    public static ResourceKind Of(IKubernetesObject<V1ObjectMeta> resource) => resource switch
    {
        V1Namespace => ResourceKind.Namespace,
        V1Service => ResourceKind.Service,
        V1EndpointSlice => ResourceKind.EndpointSlice,
        V1Pod => ResourceKind.Pod,
        TrafficPolicy => ResourceKind.TrafficPolicy,
        AuthorizationPolicy => ResourceKind.AuthorizationPolicy,
        MeshConfig => ResourceKind.MeshConfig,
        _ => throw new ArgumentException($"The cluster state holds no {resource.GetType().Name}.", nameof(resource)),
    };
}
