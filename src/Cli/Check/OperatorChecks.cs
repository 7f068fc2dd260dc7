using Mesh.Cli.Cluster;
using Mesh.Cli.Installation;

namespace Mesh.Cli.Check;

internal static class OperatorChecks
{
    private const string Category = "Operator";

    private static readonly string[] Services = ["mesh-operator", "mesh-webhook"];

    public static IEnumerable<HealthCheck> All { get; } =
    [
        new(Category, "it is installed", "meshctl install, or helm install: docs/operations.md. In another namespace than mesh-system: --namespace.",
            mesh => mesh.Operator is null ? Verdict.Failed($"found no Deployment {mesh.Namespace}/mesh-operator") : Verdict.Ok()) { EndsTheRun = true },
        new(Category, "all its replicas are ready", "kubectl -n mesh-system describe deployment mesh-operator, and logs deployment/mesh-operator", Ready),
        new(Category, "it is of meshctl's version", "Upgrade the older of the two: docs/operations.md#upgrade", OfOwnVersion),
        new(Category, "its Services lead to it", "kubectl -n mesh-system get endpointslices: are its pods ready, do the Services select them?", Reachable),
        new(Category, "it has the rights that it needs", "Apply the rules that came with this version: helm upgrade, meshctl install, or kubectl apply -k config/rbac", Rights),
    ];

    private static Verdict Ready(MeshView mesh)
    {
        var (wanted, ready) = (mesh.Operator.Text("spec", "replicas"), mesh.Operator.Text("status", "readyReplicas"));
        if (ready.Length == 0) ready = "0";
        return ready == wanted ? Verdict.Ok($"{ready}/{wanted}")
            : ready == "0" ? Verdict.Failed($"{ready}/{wanted}: sidecars keep what they know, pods get none, changes wait")
            : Verdict.Warning($"{ready}/{wanted}");
    }

    private static Verdict OfOwnVersion(MeshView mesh)
    {
        var image = ProxyImages.OperatorImage(mesh.Operator!);
        var tag = ProxyImages.Tag(image);
        return tag == mesh.Own.ToString() ? Verdict.Ok() : Verdict.Warning($"found image {image}, meshctl is {mesh.Own}");
    }

    private static Verdict Reachable(MeshView mesh)
    {
        var served = mesh.List("endpointslices.discovery.k8s.io")
            .Where(slice => slice.Text("metadata", "namespace") == mesh.Namespace && slice.Objects("endpoints").Any(e => e.Text("conditions", "ready") != "false"))
            .Select(slice => slice.Text("metadata", "labels", "kubernetes.io/service-name")).ToHashSet();
        return Verdict.NoneOf([.. Services.Where(name => !served.Contains(name)).Select(name => $"Service {mesh.Namespace}/{name} has no ready endpoint")], CheckOutcome.Failed);
    }

    private static Verdict Rights(MeshView mesh) => Verdict.NoneOf(
        [.. MeshManifests.Default(mesh.Namespace).Where(o => o.Text("kind") is "ClusterRole" or "Role").SelectMany(role => RoleRules.Missing(mesh, role))], CheckOutcome.Failed);
}
