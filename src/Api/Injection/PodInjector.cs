using System.Globalization;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Mesh.Api.Interception;
using Mesh.Api.Resources;

namespace Mesh.Api.Injection;

/// <summary>Decides whether a pod gets a sidecar, and which changes put it there. Pure: no I/O, no clock.</summary>
public static class PodInjector
{
    // Where a mesh that is broken must not stand in the way of repairing it.
    private static readonly string[] KubernetesNamespaces = ["kube-system", "kube-public", "kube-node-lease"];

    private static readonly string OutboundProxy = $"http://127.0.0.1:{Sidecar.OutboundPort}";

    // What never leaves the pod or its node: loopback, and the cloud's metadata service.
    private const string NotProxied = "localhost,127.0.0.1,::1,169.254.169.254";

    /// <summary>Whether the pod's own word decides, so that its namespace's need not be asked for.</summary>
    public static bool Decides(V1Pod pod) => Wish(pod.Metadata?.Annotations) is not null;

    /// <param name="pod">As it comes to admission: it may have no name and no namespace yet.</param>
    /// <param name="podNamespace">The namespace that it is created in.</param>
    /// <param name="namespaceAnnotations">That namespace's annotations.</param>
    /// <param name="options">What all sidecars have in common.</param>
    public static InjectionDecision Decide(
        V1Pod pod, string podNamespace, IDictionary<string, string>? namespaceAnnotations, SidecarOptions options)
    {
        if (podNamespace == options.OperatorNamespace) return new InjectionDecision.LeaveAlone($"namespace {podNamespace} is the mesh's own");
        if (KubernetesNamespaces.Contains(podNamespace)) return new InjectionDecision.LeaveAlone($"namespace {podNamespace} is Kubernetes' own");
        // Mutation comes before validation: the API server is still to refuse such a pod.
        if (pod.Spec?.Containers is not { Count: > 0 }) return new InjectionDecision.LeaveAlone("it has no containers");
        if (HasSidecar(pod)) return new InjectionDecision.LeaveAlone("already injected");

        var (wish, owner) = Wish(pod.Metadata?.Annotations) is { } own ? (own, "pod") : (Wish(namespaceAnnotations), $"namespace {podNamespace}");
        return wish switch
        {
            null => new InjectionDecision.LeaveAlone($"not asked for: neither the pod nor namespace {podNamespace} has annotation {MeshApi.InjectAnnotation}"),
            "false" => new InjectionDecision.LeaveAlone($"opted out by annotation {MeshApi.InjectAnnotation} on the {owner}"),
            "true" when pod.Spec.HostNetwork is true => new InjectionDecision.LeaveAlone(
                "hostNetwork: the sidecar's ports would be the node's", AgainstTheWish: true),
            "true" when pod.Spec.Os?.Name == "windows" => new InjectionDecision.LeaveAlone(
                "spec.os.name: found windows, expected linux, which the proxy runs on", AgainstTheWish: true),
            "true" when SkippedTraffic.Read(name => Annotation(pod, name), out _) is { } error =>
                new InjectionDecision.Deny(error),
            "true" when options.Interception is not InterceptionMode.None && ContainerOfTheProxysUser(pod) is { } container =>
                new InjectionDecision.Deny($"container {container}: securityContext.runAsUser: found {Sidecar.UserId}, expected another: what the sidecar's user opens is not intercepted"),
            "true" => new InjectionDecision.Inject(Patch(pod, options)),
            _ => new InjectionDecision.Deny($"annotation {MeshApi.InjectAnnotation} on the {owner}: found \"{wish}\", expected \"true\" or \"false\""),
        };
    }

    private static string? Wish(IDictionary<string, string>? annotations) =>
        annotations is not null && annotations.TryGetValue(MeshApi.InjectAnnotation, out var wish) ? wish : null;

    private static bool HasSidecar(V1Pod pod) =>
        (pod.Spec.InitContainers ?? []).Concat(pod.Spec.Containers).Any(c => c.Name == Sidecar.ContainerName);

    private static List<JsonPatchOperation> Patch(V1Pod pod, SidecarOptions options) =>
    [
        .. options.Interception is InterceptionMode.None ? ExplicitPatch(pod, options) : InterceptionPatch(pod, options),
        .. options.Identity is null ? [] : SidecarIdentity.AddVolumes(pod),
    ];

    // Whatever the application speaks, at whatever port, comes to the sidecar: nothing else of the pod changes.
    private static List<JsonPatchOperation> InterceptionPatch(V1Pod pod, SidecarOptions options)
    {
        _ = SkippedTraffic.Read(name => Annotation(pod, name), out var skipped);
        return AddFirst(pod, [InterceptionContainer.For(skipped, options)!, Sidecar.Container(null, options)]);
    }

    private static List<JsonPatchOperation> ExplicitPatch(V1Pod pod, SidecarOptions options)
    {
        var port = ApplicationPort(pod);
        var patch = AddFirst(pod, [Sidecar.Container(port, options)]);
        if (port is not null) patch.Add(RecordInboundPort(pod, port.Value));
        for (var i = 0; i < pod.Spec.Containers.Count; i++) patch.AddRange(AddProxyVariables(pod.Spec.Containers[i], i));
        return patch;
    }

    private static string? ContainerOfTheProxysUser(V1Pod pod) =>
        (from container in (pod.Spec.InitContainers ?? []).Concat(pod.Spec.Containers)
         where (container.SecurityContext?.RunAsUser ?? pod.Spec.SecurityContext?.RunAsUser) == Sidecar.UserId
         select container.Name).FirstOrDefault();

    private static string? Annotation(V1Pod pod, string name) => pod.Metadata?.Annotations is { } annotations && annotations.TryGetValue(name, out var value) ? value : null;

    /// <summary>The first TCP port that a container declares: explicit mode stands in front of one.</summary>
    private static int? ApplicationPort(V1Pod pod) =>
        (from container in pod.Spec.Containers
         from port in container.Ports ?? []
         where port.Protocol is null or "TCP"
         select (int?)port.ContainerPort).FirstOrDefault();

    // First, so that the init containers after them can reach the mesh.
    private static List<JsonPatchOperation> AddFirst(V1Pod pod, IReadOnlyList<V1Container> containers)
    {
        var added = containers.Select(container => JsonNode.Parse(KubernetesJson.Serialize(container))).ToArray();
        return pod.Spec.InitContainers is { Count: > 0 }
            ? [.. added.Select((container, index) => JsonPatchOperation.Add(["spec", "initContainers", index.ToString(CultureInfo.InvariantCulture)], container!))]
            : [JsonPatchOperation.Add(["spec", "initContainers"], new JsonArray(added))];
    }

    private static JsonPatchOperation RecordInboundPort(V1Pod pod, int port)
    {
        var ports = string.Create(CultureInfo.InvariantCulture, $"{port}={Sidecar.InboundPort}");
        if (pod.Metadata?.Annotations is not null)
        {
            return JsonPatchOperation.Add(["metadata", "annotations", PodAnnotations.InboundPorts], JsonValue.Create(ports));
        }
        return pod.Metadata is null
            ? JsonPatchOperation.Add(["metadata"], new JsonObject { ["annotations"] = new JsonObject { [PodAnnotations.InboundPorts] = ports } })
            : JsonPatchOperation.Add(["metadata", "annotations"], new JsonObject { [PodAnnotations.InboundPorts] = ports });
    }

    // In both cases, since programs differ in which they read. One that the container sets itself, in either case, stays its own.
    private static IEnumerable<JsonPatchOperation> AddProxyVariables(V1Container container, int index)
    {
        var variables = new JsonArray();
        foreach (var (name, value) in new[] { ("http_proxy", OutboundProxy), ("no_proxy", NotProxied) })
        {
            if ((container.Env ?? []).Any(e => string.Equals(e.Name, name, StringComparison.OrdinalIgnoreCase))) continue;
            variables.Add((JsonNode)new JsonObject { ["name"] = name, ["value"] = value });
            variables.Add((JsonNode)new JsonObject { ["name"] = name.ToUpperInvariant(), ["value"] = value });
        }
        string[] environment = ["spec", "containers", index.ToString(CultureInfo.InvariantCulture), "env"];
        if (variables.Count == 0) return [];
        if (container.Env is not { Count: > 0 }) return [JsonPatchOperation.Add(environment, variables)];
        return variables.Select(v => JsonPatchOperation.Add([.. environment, "-"], v!.DeepClone()));
    }
}
