using System.Text.Json.Nodes;
using Mesh.Cli.Cluster;

namespace Mesh.Cli.Injection;

/// <summary>The pods within manifests: a Pod itself, or the template of what makes pods.</summary>
internal static class PodTemplates
{
    /// <summary>An object's; null where it makes none.</summary>
    /// <param name="manifest">As kubectl takes it.</param>
    /// <returns>An object with <c>metadata</c> and <c>spec</c>, within the manifest.</returns>
    public static JsonObject? Of(JsonObject manifest) => manifest.Text("kind") switch
    {
        "Pod" => manifest,
        "Deployment" or "StatefulSet" or "DaemonSet" or "ReplicaSet" or "ReplicationController" or "Job" => manifest["spec"]?["template"] as JsonObject,
        "CronJob" => manifest["spec"]?["jobTemplate"]?["spec"]?["template"] as JsonObject,
        _ => null,
    };

    /// <summary>The objects of a document: itself, or a list's items.</summary>
    public static IEnumerable<JsonObject> In(JsonNode document) =>
        document is not JsonObject manifest ? []
        : manifest.Text("kind").EndsWith("List", StringComparison.Ordinal) && manifest["items"] is JsonArray ? manifest.Objects("items")
        : [manifest];

    /// <summary>How messages name it.</summary>
    public static string Name(JsonObject manifest)
    {
        var metadata = manifest["metadata"];
        var name = metadata.Text("name") is { Length: > 0 } given ? given : metadata.Text("generateName");
        return $"{manifest.Text("kind").ToLowerInvariant()}/{name}";
    }
}
