namespace Mesh.Cli.Check;

internal static class KubernetesChecks
{
    private const string Category = "Kubernetes";

    // CEL conditions of webhooks are on by default since 1.28, native sidecars since 1.29.
    private static readonly Version Oldest = new(1, 28);
    private static readonly Version NativeSidecars = new(1, 29);

    // What an installation creates.
    private static readonly string[] Kinds =
    [
        "namespaces", "customresourcedefinitions.apiextensions.k8s.io", "clusterroles.rbac.authorization.k8s.io", "clusterrolebindings.rbac.authorization.k8s.io",
        "mutatingwebhookconfigurations.admissionregistration.k8s.io", "validatingwebhookconfigurations.admissionregistration.k8s.io",
        "validatingadmissionpolicies.admissionregistration.k8s.io", "validatingadmissionpolicybindings.admissionregistration.k8s.io",
    ];

    private static readonly string[] NamespacedKinds =
        ["deployments.apps", "services", "serviceaccounts", "roles.rbac.authorization.k8s.io", "rolebindings.rbac.authorization.k8s.io"];

    // By the names that other meshes give their injecting webhooks.
    private static readonly string[] OtherMeshes = ["istio-sidecar-injector", "linkerd-proxy-injector", "kuma-admission-mutating-webhook-configuration", "consul-connect-injector"];

    public static IEnumerable<HealthCheck> All { get; } =
    [
        new(Category, "the cluster answers", "Is kubectl on PATH, and does `kubectl version` reach this cluster? --kubeconfig and --context choose another.",
            mesh => Verdict.Ok($"Kubernetes {mesh.Cluster.ServerVersion()}")) { EndsTheRun = true },
        new(Category, "its version is one that the mesh runs on", $"Kubernetes {Oldest} or later is needed; before {NativeSidecars} sidecars are ordinary containers, and Jobs get none.", OldEnough),
    ];

    public static IEnumerable<HealthCheck> BeforeInstallation { get; } =
    [
        .. All,
        new(Category, "you may create what an installation brings", "Install as a cluster administrator: the mesh brings definitions, cluster roles and webhooks.", MayInstall),
        new(Category, "no mesh is installed yet", "An installation of the same kind is upgraded by it; one of another kind (helm, kubectl, meshctl) is to be removed first: docs/operations.md.", NotInstalled),
        new(Category, "no other mesh injects sidecars", "A pod gets one mesh's sidecar. Keep the meshes' namespaces apart.", NoOtherMesh),
    ];

    private static Verdict OldEnough(MeshView mesh)
    {
        var version = mesh.Cluster.ServerVersion();
        return version < Oldest ? Verdict.Failed($"found {version}, expected {Oldest} or later")
            : version < NativeSidecars ? Verdict.Warning($"found {version}, which has no native sidecars")
            : Verdict.Ok();
    }

    private static Verdict MayInstall(MeshView mesh)
    {
        string[] missing = [.. Kinds.Where(kind => !mesh.Cluster.MayCreate(kind)), .. NamespacedKinds.Where(kind => !mesh.Cluster.MayCreate(kind, mesh.Namespace))];
        return Verdict.NoneOf([.. missing.Select(kind => $"you may not create {kind}")], CheckOutcome.Failed);
    }

    private static Verdict NotInstalled(MeshView mesh) =>
        mesh.Operator is null ? Verdict.Ok() : Verdict.Warning($"found Deployment {mesh.Namespace}/mesh-operator");

    private static Verdict NoOtherMesh(MeshView mesh) =>
        Verdict.NoneOf([.. OtherMeshes.Where(name => mesh.Cluster.Find("mutatingwebhookconfiguration", name) is not null).Select(name => $"found MutatingWebhookConfiguration {name}")], CheckOutcome.Warning);
}
