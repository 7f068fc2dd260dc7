using System.Globalization;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Mesh.Api.Probes;
using Mesh.Api.Resources;

namespace Mesh.Api.Injection;

/// <summary>The changes that put a sidecar into a pod. Of the pod's own nothing changes but whom the kubelet asks for its health.</summary>
internal static class PodPatch
{
    // What kubectl logs and exec take where nobody says which container: the application's stays it.
    private const string DefaultContainerAnnotation = "kubectl.kubernetes.io/default-container";

    public static IReadOnlyList<JsonPatchOperation> Of(InjectionRequest request, Adjustments adjustments) =>
    [
        .. request.Options.Interception is InterceptionMode.None ? Explicit(request, adjustments) : Intercepted(request, adjustments),
        .. request.Options.Identity is null ? [] : SidecarIdentity.AddVolumes(request.Pod),
    ];

    private static List<JsonPatchOperation> Intercepted(InjectionRequest request, Adjustments adjustments)
    {
        var probes = new ProbeRewriting(request.Pod, adjustments);
        List<JsonPatchOperation> patch = [.. adjustments.RewritesProbes ? probes.Rewrite() : []];
        var sidecar = Sidecar.Container(request, adjustments, applicationPort: null, probes.Probes);
        patch.AddRange(AddContainers(request, InterceptionContainer.For(adjustments.Skipped, request.Options), sidecar));
        return patch;
    }

    private static List<JsonPatchOperation> Explicit(InjectionRequest request, Adjustments adjustments)
    {
        var port = ExplicitProxy.ApplicationPort(request.Pod);
        List<JsonPatchOperation> patch = [.. ExplicitProxy.Patch(request.Pod)];
        if (port is not null) patch.AddRange(Annotate(request.Pod, PodAnnotations.InboundPorts, string.Create(CultureInfo.InvariantCulture, $"{port}={Sidecar.InboundPort}")));
        patch.AddRange(AddContainers(request, null, Sidecar.Container(request, adjustments, port, new Dictionary<string, ApplicationProbe>())));
        return patch;
    }

    // First, so that the init containers after them can reach the mesh. An ordinary container isn't there yet while those run: they
    // are over before their connections are redirected.
    private static IEnumerable<JsonPatchOperation> AddContainers(InjectionRequest request, V1Container? interception, V1Container sidecar)
    {
        var spec = request.Pod.Spec;
        List<V1Container> first = interception is null ? [] : [interception];
        if (request.Options.NativeSidecars) return Insert("initContainers", spec.InitContainers, 0, [.. first, sidecar]);
        return
        [
            .. Insert("initContainers", spec.InitContainers, spec.InitContainers?.Count ?? 0, first),
            .. Insert("containers", spec.Containers, 0, [sidecar]),
            .. request.Annotation(DefaultContainerAnnotation) is null ? Annotate(request.Pod, DefaultContainerAnnotation, spec.Containers[0].Name) : [],
        ];
    }

    private static IEnumerable<JsonPatchOperation> Insert(string list, IList<V1Container>? existing, int at, List<V1Container> containers)
    {
        if (containers.Count == 0) return [];
        var added = containers.Select(container => JsonNode.Parse(KubernetesJson.Serialize(container))).ToArray();
        return existing is { Count: > 0 }
            ? added.Select((container, index) => JsonPatchOperation.Add(["spec", list, (at + index).ToString(CultureInfo.InvariantCulture)], container!))
            : [JsonPatchOperation.Add(["spec", list], new JsonArray(added))];
    }

    private static IEnumerable<JsonPatchOperation> Annotate(V1Pod pod, string name, string value) =>
        pod.Metadata?.Annotations is not null ? [JsonPatchOperation.Add(["metadata", "annotations", name], JsonValue.Create(value))]
        : pod.Metadata is not null ? [JsonPatchOperation.Add(["metadata", "annotations"], new JsonObject { [name] = value })]
        : [JsonPatchOperation.Add(["metadata"], new JsonObject { ["annotations"] = new JsonObject { [name] = value } })];
}
