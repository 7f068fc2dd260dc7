using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Mesh.Api.Injection;
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
        new(ResourceKind.EndpointSlice, "apis/discovery.k8s.io/v1/endpointslices", WatchedKind.Upsert<V1EndpointSlice>),
        new(ResourceKind.Pod, "api/v1/pods", ReadPod),
        Own<TrafficPolicy>(ResourceKind.TrafficPolicy, TrafficPolicy.KubePlural, CustomResourceDefinitions.TrafficPolicy),
        Own<AuthorizationPolicy>(ResourceKind.AuthorizationPolicy, AuthorizationPolicy.KubePlural, CustomResourceDefinitions.AuthorizationPolicy),
        Own<MeshConfig>(ResourceKind.MeshConfig, MeshConfig.KubePlural, CustomResourceDefinitions.MeshConfig),
    ];

    // Pods are the most numerous and the busiest: of each, what endpoints are read by. Its metadata is mostly managedFields.
    private static ResourceChange.Upsert ReadPod(JsonElement resource)
    {
        var metadata = resource.GetProperty("metadata");
        return new(new V1Pod
        {
            Metadata = new V1ObjectMeta
            {
                Name = WatchedKind.Text(metadata, "name"),
                NamespaceProperty = WatchedKind.Text(metadata, "namespace"),
                Uid = WatchedKind.Text(metadata, "uid"),
                ResourceVersion = WatchedKind.Text(metadata, "resourceVersion"),
                Labels = ReadTexts(metadata, "labels", _ => true),
                Annotations = ReadTexts(metadata, "annotations", key => PodInjector.Reads(key) && key != WellKnown.MeshedAnnotation),
            },
            Spec = resource.TryGetProperty("spec", out var spec) ? PodSpecs.Shared(ReadPodSpec(spec)) : null,
            Status = resource.TryGetProperty("status", out var status) ? new V1PodStatus { Phase = WatchedKind.Text(status, "phase") } : null,
        });
    }

    private static Dictionary<string, string>? ReadTexts(JsonElement metadata, string name, Func<string, bool> isWanted) =>
        !metadata.TryGetProperty(name, out var texts) || texts.ValueKind is not JsonValueKind.Object ? null
        : texts.EnumerateObject().Where(text => isWanted(text.Name)).ToDictionary(text => text.Name, text => text.Value.GetString() ?? "", StringComparer.Ordinal);

    // Whom it runs as, which containers are the mesh's, what ports are called, and whether it should be in the mesh at all.
    private static V1PodSpec ReadPodSpec(JsonElement spec) => new()
    {
        ServiceAccountName = spec.TryGetProperty("serviceAccountName", out var account) ? account.GetString() : null,
        RestartPolicy = WatchedKind.Text(spec, "restartPolicy"),
        HostNetwork = spec.TryGetProperty("hostNetwork", out var hostNetwork) && hostNetwork.ValueKind is JsonValueKind.True,
        Containers = ReadContainers(spec, "containers"),
        InitContainers = ReadContainers(spec, "initContainers"),
    };

    private static List<V1Container> ReadContainers(JsonElement spec, string name) => !spec.TryGetProperty(name, out var containers) || containers.ValueKind is not JsonValueKind.Array ? [] :
    [
        .. containers.EnumerateArray().Select(container => new V1Container
        {
            Name = container.GetProperty("name").GetString(),
            Ports = container.TryGetProperty("ports", out var ports) ? KubernetesJson.Deserialize<List<V1ContainerPort>>(ports) : null,
        }),
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
