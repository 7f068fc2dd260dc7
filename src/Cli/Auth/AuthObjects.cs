using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Mesh.Api.Authorization;
using Mesh.Api.Resources;
using Mesh.Cli.Cluster;
using Mesh.Cli.Lint;

namespace Mesh.Cli.Auth;

/// <summary>What decides in a namespace: its policies, and what they are applied by.</summary>
internal sealed record AuthObjects
{
    private const string Source = "the cluster";

    public required IReadOnlyList<V1Namespace> Namespaces { get; init; }

    public required IReadOnlyList<V1Service> Services { get; init; }

    public required IReadOnlyList<V1EndpointSlice> Slices { get; init; }

    public required IReadOnlyList<V1Pod> Pods { get; init; }

    public required IReadOnlyList<PolicyVersion> Policies { get; init; }

    /// <summary>Null where there is none.</summary>
    public required MeshConfig? Config { get; init; }

    /// <summary>What could not be read.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    public static AuthObjects OfManifests(IEnumerable<string> paths, TextReader input) =>
        Of([.. paths.SelectMany(path => ManifestText.Open(path, input)).Select(text => ManifestReader.Read(text.File, text.Text))]);

    /// <exception cref="ClusterException">It can't be asked.</exception>
    public static AuthObjects OfCluster(ICluster cluster, string ns)
    {
        // Read as the operator reads them: a policy with a field that nobody knows is none that can be read.
        var objects = Of([ReadPolicies(cluster.List($"{AuthorizationPolicy.KubePlural}.{MeshApi.Group}", ns)), ReadPolicies(cluster.List($"{MeshConfig.KubePlural}.{MeshApi.Group}"))]);
        return objects with
        {
            Namespaces = cluster.Find("namespace", ns) is { } found ? [Read<V1Namespace>(found)] : [],
            Services = [.. cluster.List("services", ns).Select(Read<V1Service>)],
            Slices = [.. cluster.List("endpointslices.discovery.k8s.io", ns).Select(Read<V1EndpointSlice>)],
            Pods = [.. cluster.List("pods", ns).Select(Read<V1Pod>)],
        };
    }

    private static AuthObjects Of(IReadOnlyList<ManifestFile> files)
    {
        var objects = files.SelectMany(file => file.Objects).ToList();
        return new()
        {
            Namespaces = [.. objects.OfType<V1Namespace>()],
            Services = [.. objects.OfType<V1Service>()],
            Slices = [.. objects.OfType<V1EndpointSlice>()],
            Pods = [.. objects.OfType<V1Pod>()],
            Policies =
            [
                .. objects.OfType<AuthorizationPolicy>().Select(policy => new PolicyVersion(policy, IsReadable: true)),
                .. files.SelectMany(file => file.Unreadable).Select(policy => new PolicyVersion(policy, IsReadable: false)),
            ],
            Config = objects.OfType<MeshConfig>().FirstOrDefault(config => config.Name() == MeshConfig.DefaultName),
            Warnings = [.. files.SelectMany(file => file.Errors).Select(error => error.ToString())],
        };
    }

    private static ManifestFile ReadPolicies(IEnumerable<JsonObject> found) =>
        ManifestReader.Read(Source, string.Join("\n---\n", found.Select(policy => policy.ToJsonString())));

    private static T Read<T>(JsonObject found) => KubernetesJson.Deserialize<T>(found.ToJsonString());
}
