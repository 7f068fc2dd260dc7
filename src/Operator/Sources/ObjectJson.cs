using System.Text.Json;
using k8s.Models;

namespace Mesh.Operator.Sources;

/// <summary>What the readers of the most numerous kinds have in common.</summary>
internal static class ObjectJson
{
    /// <summary>An object's name, and which version of it this is.</summary>
    public static V1ObjectMeta ReadMetadata(JsonElement metadata, IDictionary<string, string>? labels = null, IDictionary<string, string>? annotations = null) => new()
    {
        Name = Texts.Of(metadata, "name"),
        NamespaceProperty = Texts.Of(metadata, "namespace"),
        Uid = Texts.Of(metadata, "uid"),
        ResourceVersion = WatchedKind.Text(metadata, "resourceVersion"),
        Labels = labels,
        Annotations = annotations,
    };

    /// <returns>Null where there is no such property, or where it is of another kind.</returns>
    public static JsonElement? Find(this JsonElement parent, string name, JsonValueKind kind) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind == kind ? value : null;
}
