using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Mesh.Api.Resources;
using Mesh.Operator.State;

namespace Mesh.Operator.Sources;

/// <summary>The kinds that ClusterState is made of, in Kubernetes.</summary>
internal static class WatchedKinds
{
    public static IReadOnlyList<WatchedKind> All { get; } =
    [
        new(ResourceKind.Namespace, "api/v1/namespaces", WatchedKind.Upsert<V1Namespace>),
        new(ResourceKind.Service, "api/v1/services", WatchedKind.Upsert<V1Service>),
        new(ResourceKind.EndpointSlice, "apis/discovery.k8s.io/v1/endpointslices", resource => new ResourceChange.Upsert(SliceReader.Read(resource))),
        new(ResourceKind.Pod, "api/v1/pods", resource => new ResourceChange.Upsert(PodReader.Read(resource))),
        Own<TrafficPolicy>(ResourceKind.TrafficPolicy, TrafficPolicy.KubePlural, CustomResourceDefinitions.TrafficPolicy),
        Own<AuthorizationPolicy>(ResourceKind.AuthorizationPolicy, AuthorizationPolicy.KubePlural, CustomResourceDefinitions.AuthorizationPolicy),
        Own<MeshConfig>(ResourceKind.MeshConfig, MeshConfig.KubePlural, CustomResourceDefinitions.MeshConfig),
    ];

    private static WatchedKind Own<T>(ResourceKind kind, string plural, V1CustomResourceDefinition definition)
        where T : IKubernetesObject<V1ObjectMeta>
    {
        var schema = CustomResourceDefinitions.ReadingSchema(definition);
        return new(kind, $"apis/{MeshApi.GroupVersion}/{plural}", resource => ReadOwn<T>(kind, schema, resource)) { Definition = definition.Metadata.Name };
    }

    // The API server may know the kind better than this operator does, in the middle of an upgrade: what would be misunderstood is refused.
    private static ResourceChange ReadOwn<T>(ResourceKind kind, V1JSONSchemaProps schema, JsonElement resource)
        where T : IKubernetesObject<V1ObjectMeta>
    {
        var errors = StructuralSchema.Validate(schema, JsonObject.Create(resource)).Where(e => e.Path.StartsWith("spec", StringComparison.Ordinal)).ToList();
        if (errors.Count > 0)
        {
            return new ResourceChange.Reject(kind, WatchedKind.NameOf(resource), [.. errors.Select(e => e.ToString())])
            {
                Readable = kind is ResourceKind.AuthorizationPolicy ? UnreadablePolicy.TargetsOf(JsonObject.Create(resource)!, errors) : WithoutSpec<T>(resource),
            };
        }
        return WatchedKind.Upsert<T>(resource);
    }

    private static T WithoutSpec<T>(JsonElement resource)
        where T : IKubernetesObject<V1ObjectMeta>
    {
        var json = JsonObject.Create(resource)!;
        json.Remove("spec");
        return KubernetesJson.Deserialize<T>(json.ToJsonString());
    }
}
