using k8s.Models;
using Mesh.Api.Resources;
using Mesh.Cli.Cluster;

namespace Mesh.Cli.Check;

internal static class DefinitionChecks
{
    private const string Category = "Definitions";

    public static IEnumerable<HealthCheck> All { get; } = CustomResourceDefinitions.All.Select(definition => new HealthCheck(
        Category, $"{definition.Name()} is there", "kubectl apply --server-side -k config/crds, or meshctl install", mesh => Look(mesh, definition.Name())));

    private static Verdict Look(MeshView mesh, string name)
    {
        if (mesh.Cluster.Find("customresourcedefinition", name) is not { } definition) return Verdict.Failed("found none");
        if (!definition.Objects("status", "conditions").Any(c => c.Text("type") == "Established" && c.Text("status") == "True"))
            return Verdict.Failed("found it not established: the API server doesn't serve it");
        var found = definition.Text("metadata", "annotations", MeshApi.VersionAnnotation);
        return Version.TryParse(found, out var version) && version >= mesh.Own
            ? Verdict.Ok(version > mesh.Own ? $"of version {found}, later than meshctl's" : null)
            : Verdict.Warning($"found version {(found.Length > 0 ? found : "none")}, expected {mesh.Own}: fields that it doesn't know are dropped");
    }
}
