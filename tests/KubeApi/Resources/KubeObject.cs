using System.Globalization;
using System.Text.Json.Nodes;

namespace Mesh.KubeApi.Resources;

/// <summary>Reading and writing of what every Kubernetes object has.</summary>
internal static class KubeObject
{
    public static JsonObject Metadata(this JsonObject value)
    {
        if (value["metadata"] is JsonObject metadata) return metadata;
        metadata = [];
        value["metadata"] = metadata;
        return metadata;
    }

    public static string Name(this JsonObject value) => value["metadata"].Text("name") ?? "";

    public static string Namespace(this JsonObject value) => value["metadata"].Text("namespace") ?? "";

    public static string? ResourceVersion(this JsonObject value) => value["metadata"].Text("resourceVersion");

    public static bool IsTerminating(this JsonObject value) => value["metadata"].Text("deletionTimestamp") is not null;

    public static bool HasFinalizers(this JsonObject value) => value["metadata"]?["finalizers"] is JsonArray { Count: > 0 };

    public static long Generation(this JsonObject value) => value["metadata"]?["generation"]?.GetValue<long>() ?? 0;

    /// <summary>A member that is a string; null where it's absent, null, empty or something else.</summary>
    public static string? Text(this JsonNode? value, string member) =>
        value is JsonObject map && map[member] is JsonValue text && text.TryGetValue<string>(out var found) && found.Length > 0 ? found : null;

    public static IReadOnlyDictionary<string, string> Labels(this JsonObject value) =>
        value["metadata"]?["labels"] is JsonObject labels
            ? labels.ToDictionary(label => label.Key, label => label.Value?.ToString() ?? "", StringComparer.Ordinal)
            : [];

    public static JsonObject Clone(this JsonObject value) => (JsonObject)value.DeepClone();

    /// <summary>Sets a member that is absent or null.</summary>
    public static void Default(this JsonObject value, string member, JsonNode? otherwise)
    {
        if (value[member] is null) value[member] = otherwise;
    }

    /// <summary>A member that is a list of objects.</summary>
    public static IEnumerable<JsonObject> Items(this JsonNode? value, string member) =>
        (value as JsonObject)?[member] is JsonArray items ? items.OfType<JsonObject>() : [];

    /// <summary>Copies a member, or its absence.</summary>
    public static void CopyMember(this JsonObject to, JsonObject from, string member)
    {
        if (from[member] is { } value) to[member] = value.DeepClone();
        else to.Remove(member);
    }

    /// <summary>Time as the API writes it: UTC to the second.</summary>
    public static string Timestamp(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
