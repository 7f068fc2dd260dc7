using System.Text.Json;
using k8s;
using k8s.Autorest;
using k8s.Exceptions;
using k8s.Models;
using Mesh.Api.Authorization;
using Mesh.Api.Resources;
using Mesh.Cli.Lint;
using Mesh.Cli.Output;

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

    /// <exception cref="UsageException">It can't be asked.</exception>
    public static async Task<AuthObjects> OfClusterAsync(string? kubeconfig, string ns, CancellationToken cancellationToken)
    {
        try
        {
            using var client = new Kubernetes(KubernetesClientConfiguration.BuildConfigFromConfigFile(kubeconfig));
            var policies = await client.CustomObjects.ListNamespacedCustomObjectAsync(MeshApi.Group, MeshApi.Version, ns, AuthorizationPolicy.KubePlural, cancellationToken: cancellationToken);
            var configs = await client.CustomObjects.ListClusterCustomObjectAsync(MeshApi.Group, MeshApi.Version, MeshConfig.KubePlural, cancellationToken: cancellationToken);
            // Read as the operator reads them: a policy with a field that nobody knows is none that can be read.
            return Of([ReadList(policies), ReadList(configs)]) with
            {
                Namespaces = [await client.CoreV1.ReadNamespaceAsync(ns, cancellationToken: cancellationToken)],
                Services = [.. (await client.CoreV1.ListNamespacedServiceAsync(ns, cancellationToken: cancellationToken)).Items],
                Slices = [.. (await client.DiscoveryV1.ListNamespacedEndpointSliceAsync(ns, cancellationToken: cancellationToken)).Items],
                Pods = [.. (await client.CoreV1.ListNamespacedPodAsync(ns, cancellationToken: cancellationToken)).Items],
            };
        }
        catch (HttpOperationException exception)
        {
            throw new UsageException($"namespace {ns}: {exception.Response.StatusCode}: {exception.Response.Content}");
        }
        catch (Exception exception) when (exception is KubeConfigException or HttpRequestException)
        {
            throw new UsageException($"no cluster to ask: {exception.Message}; --manifests names files to read in its place");
        }
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

    private static ManifestFile ReadList(object list)
    {
        using var found = JsonDocument.Parse(KubernetesJson.Serialize(list));
        var documents = found.RootElement.GetProperty("items").EnumerateArray().Select(item => item.GetRawText());
        return ManifestReader.Read(Source, string.Join("\n---\n", documents));
    }
}
