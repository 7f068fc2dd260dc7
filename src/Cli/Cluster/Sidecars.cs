using System.Text.Json.Nodes;
using Mesh.Api.Injection;

namespace Mesh.Cli.Cluster;

/// <summary>The sidecars of running pods.</summary>
internal static class Sidecars
{
    /// <summary>Whether the pod has one.</summary>
    public static bool IsMeshed(JsonObject pod) => ImageOf(pod) is not null;

    /// <summary>Whether it has one, of another image than a new pod would get. A pod that chose its image itself is as it wants to be.</summary>
    public static bool IsOutdated(JsonObject pod, string expected) =>
        ImageOf(pod) is { } image && image != expected && pod.Text("metadata", "annotations", "mesh.io/proxy-image").Length == 0;

    /// <summary>Its image; null where there is none.</summary>
    public static string? ImageOf(JsonObject pod) =>
        pod.Objects("spec", "initContainers").Concat(pod.Objects("spec", "containers")).FirstOrDefault(c => c.Text("name") == Sidecar.ContainerName)?.Text("image");
}
