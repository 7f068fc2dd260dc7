using k8s.Models;
using Mesh.Api.Resources;
using Mesh.Operator.State;

namespace Mesh.Operator.Tests;

/// <summary>Objects to start a test from.</summary>
internal static class Given
{
    public static V1Service Service(string name, int port = 80, string? portName = "http", string? clusterIp = null, string space = "shop") => new()
    {
        ApiVersion = "v1",
        Kind = "Service",
        Metadata = new() { Name = name, NamespaceProperty = space },
        Spec = new()
        {
            ClusterIP = clusterIp,
            ClusterIPs = clusterIp is null ? null : [clusterIp],
            Ports = [new() { Name = portName, Port = port }],
        },
    };

    public static V1EndpointSlice Slice(string service, params V1Endpoint[] endpoints) => Slice(service, $"{service}-1", "IPv4", endpoints);

    public static V1EndpointSlice Slice(string service, string name, string family, params V1Endpoint[] endpoints) => new()
    {
        ApiVersion = "discovery.k8s.io/v1",
        Kind = "EndpointSlice",
        Metadata = new() { Name = name, NamespaceProperty = "shop", Labels = new Dictionary<string, string> { ["kubernetes.io/service-name"] = service } },
        AddressType = family,
        Ports = [new() { Name = "http", Port = 8080 }],
        Endpoints = endpoints,
    };

    public static V1Endpoint Endpoint(string address, string? pod = null, bool? ready = null, bool? serving = null, bool? terminating = null) => new()
    {
        Addresses = [address],
        Conditions = new() { Ready = ready, Serving = serving, Terminating = terminating },
        TargetRef = pod is null ? null : new() { Kind = "Pod", Name = pod, NamespaceProperty = "shop" },
    };

    public static V1Pod Pod(string name, string? inboundPorts = null) => new()
    {
        ApiVersion = "v1",
        Kind = "Pod",
        Metadata = new()
        {
            Name = name,
            NamespaceProperty = "shop",
            Annotations = inboundPorts is null ? null : new Dictionary<string, string> { ["mesh.io/inbound-ports"] = inboundPorts },
        },
    };

    public static TrafficPolicy Policy(
        string name, string target = "catalog", string space = "shop", long generation = 1, DateTime? created = null, Action<TrafficPolicySpec>? spec = null)
    {
        var policy = new TrafficPolicy
        {
            Metadata = new() { Name = name, NamespaceProperty = space, Generation = generation, CreationTimestamp = created },
            Spec = new() { TargetRefs = [new() { Name = target, Namespace = space == "shop" ? null : "shop" }] },
        };
        spec?.Invoke(policy.Spec);
        return policy;
    }

    public static MeshDuration Milliseconds(int value) => new(TimeSpan.FromMilliseconds(value));

    /// <summary>A state in which every kind has been listed.</summary>
    public static ClusterState State(params k8s.IKubernetesObject<V1ObjectMeta>[] resources)
    {
        var state = new ClusterState();
        Sync(state);
        Upsert(state, resources);
        return state;
    }

    public static ClusterSnapshot Cluster(params k8s.IKubernetesObject<V1ObjectMeta>[] resources) => State(resources).Current;

    public static void Sync(ClusterState state) => state.Post([.. ResourceKinds.All.Select(kind => new ResourceChange.ReplaceAll(kind, []))]);

    public static void Upsert(ClusterState state, params k8s.IKubernetesObject<V1ObjectMeta>[] resources) =>
        state.Post([.. resources.Select(resource => new ResourceChange.Upsert(resource))]);

    public static NamespacedName Name(string text) => text.Split('/') is [var space, var name] ? new(space, name) : new("", text);
}
