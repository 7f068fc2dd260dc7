namespace Mesh.Operator.State;

/// <summary>The kinds of which ClusterState is made; the state is synced once each has been listed.</summary>
internal enum ResourceKind
{
    Namespace,
    Service,
    EndpointSlice,
    Pod,
    TrafficPolicy,
    AuthorizationPolicy,
    MeshConfig,
}
