using System.Collections.Frozen;
using Mesh.Api.Resources;

namespace Mesh.Api.Injection;

/// <summary>The pods that get no sidecar, and why: the first reason that applies.</summary>
internal static class LeftAlone
{
    // Where a mesh that is broken must not stand in the way of repairing it.
    private static readonly string[] KubernetesNamespaces = ["kube-system", "kube-public", "kube-node-lease"];

    // The CNI plugin's DaemonSet, as config/cni declares it.
    private const string CniNamespace = "mesh-cni";

    // The kubelet's copy, for the API server, of a pod that it runs from a file (kubernetes/kubernetes pkg/kubelet/types: ConfigMirrorAnnotationKey).
    private const string MirrorAnnotation = "kubernetes.io/config.mirror";

    // What other meshes name the containers that they put into pods.
    private static readonly FrozenDictionary<string, string> OthersContainers = new Dictionary<string, string>
    {
        ["istio-proxy"] = "Istio",
        ["istio-init"] = "Istio",
        ["istio-validation"] = "Istio",
        ["linkerd-proxy"] = "Linkerd",
        ["linkerd-init"] = "Linkerd",
        ["linkerd-network-validator"] = "Linkerd",
        ["kuma-sidecar"] = "Kuma",
        ["kuma-init"] = "Kuma",
        ["consul-dataplane"] = "Consul",
        ["consul-connect-envoy-sidecar"] = "Consul",
        ["consul-connect-inject-init"] = "Consul",
        ["nginx-mesh-sidecar"] = "NGINX Service Mesh",
        ["nginx-mesh-init"] = "NGINX Service Mesh",
    }.ToFrozenDictionary();

    // How a pod asks for another mesh's, by a label or an annotation: its webhook may come after ours.
    private static readonly (string Name, string[] Values, string Mesh)[] OthersWishes =
    [
        ("sidecar.istio.io/inject", ["true"], "Istio"),
        ("linkerd.io/inject", ["enabled", "ingress"], "Linkerd"),
        ("kuma.io/sidecar-injection", ["enabled", "true"], "Kuma"),
        ("consul.hashicorp.com/connect-inject", ["true"], "Consul"),
    ];

    private static readonly Func<InjectionRequest, InjectionDecision?>[] Rules =
        [Namespace, NoContainers, Mirror, Wish, HostNetwork, OtherMesh, EndsBeforeItsSidecar];

    /// <summary>Whether a pod's annotation of that name makes a difference.</summary>
    public static bool Reads(string annotation) =>
        annotation.StartsWith(PodAnnotations.Prefix, StringComparison.Ordinal) || annotation == MirrorAnnotation || OthersWishes.Any(wish => wish.Name == annotation);

    /// <returns>Null where the pod is to get a sidecar.</returns>
    public static InjectionDecision? Decide(InjectionRequest request)
    {
        foreach (var rule in Rules)
        {
            if (rule(request) is { } decision) return decision;
        }
        return null;
    }

    private static InjectionDecision.LeaveAlone? Namespace(InjectionRequest request) =>
        request.Namespace == request.Options.OperatorNamespace || request.Namespace == CniNamespace ? new($"namespace {request.Namespace} is the mesh's own")
        : KubernetesNamespaces.Contains(request.Namespace) ? new($"namespace {request.Namespace} is Kubernetes' own")
        : null;

    // Mutation comes before validation: the API server is still to refuse such a pod.
    private static InjectionDecision.LeaveAlone? NoContainers(InjectionRequest request) =>
        request.Pod.Spec?.Containers is { Count: > 0 } ? null : new("it has no containers");

    private static InjectionDecision.LeaveAlone? Mirror(InjectionRequest request) =>
        request.Annotation(MirrorAnnotation) is null ? null : new("it mirrors a static pod, which its kubelet runs from a file: nothing here would change it");

    private static InjectionDecision? Wish(InjectionRequest request) => request.Wish switch
    {
        ("true", _) => null,
        (null, _) => new InjectionDecision.LeaveAlone($"not asked for: neither the pod nor namespace {request.Namespace} has annotation {MeshApi.InjectAnnotation}"),
        ("false", var owner) => new InjectionDecision.LeaveAlone($"opted out by annotation {MeshApi.InjectAnnotation} on the {owner}"),
        var (found, owner) => new InjectionDecision.Deny([$"annotation {MeshApi.InjectAnnotation} on the {owner}: found \"{found}\", expected \"true\" or \"false\""]),
    };

    private static InjectionDecision.LeaveAlone? HostNetwork(InjectionRequest request) =>
        request.Pod.Spec.HostNetwork is true ? new("hostNetwork: the sidecar's ports would be the node's", AgainstTheWish: true) : null;

    private static InjectionDecision.LeaveAlone? OtherMesh(InjectionRequest request)
    {
        foreach (var container in request.Containers)
        {
            if (OthersContainers.TryGetValue(container.Name ?? "", out var mesh)) return new($"container {container.Name}: the pod is in another mesh already ({mesh})", AgainstTheWish: true);
        }
        foreach (var (name, values, mesh) in OthersWishes)
        {
            if (values.Contains(request.Label(name) ?? request.Annotation(name))) return new($"{name}: the pod asks for another mesh's sidecar ({mesh})", AgainstTheWish: true);
        }
        return null;
    }

    // As an ordinary container the sidecar would run on, and the pod, and the Job that waits for it, with it.
    private static InjectionDecision.LeaveAlone? EndsBeforeItsSidecar(InjectionRequest request) =>
        !request.Options.NativeSidecars && request.Pod.Spec.RestartPolicy is { } policy and not "Always"
            ? new($"restartPolicy {policy}: the pod is to end with its work, which takes a native sidecar, and so Kubernetes 1.29 or later", AgainstTheWish: true)
            : null;
}
