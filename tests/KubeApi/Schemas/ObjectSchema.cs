using System.Text.Json.Nodes;
using k8s;
using k8s.Models;

namespace Mesh.KubeApi.Schemas;

/// <summary>An OpenAPI v3 structural schema, and the way from a field to its own.</summary>
internal sealed class ObjectSchema(JsonObject json)
{
    private readonly Lazy<V1JSONSchemaProps> _structural = new(() => KubernetesJson.Deserialize<V1JSONSchemaProps>(json.ToJsonString()));

    public static readonly ObjectSchema Anything =
        new(new JsonObject { ["type"] = "object", ["x-kubernetes-preserve-unknown-fields"] = true });

    public JsonObject Json => json;

    /// <summary>The same schema, as KubernetesClient has it.</summary>
    public V1JSONSchemaProps Structural => _structural.Value;

    public bool KeepsUnknownFields =>
        IsTrue("x-kubernetes-preserve-unknown-fields")
        || json["additionalProperties"] is JsonValue
        || (json["properties"] is null && json["additionalProperties"] is null);

    /// <summary>A list that is merged item by item; the keys that tell items apart.</summary>
    public IReadOnlyList<string> ListMapKeys =>
        json["x-kubernetes-list-map-keys"] is JsonArray keys ? [.. keys.Select(key => key!.GetValue<string>())] : [];

    /// <summary>A list whose items are plain values, each there once.</summary>
    public bool IsSet => json["x-kubernetes-list-type"]?.GetValue<string>() is "set";

    /// <summary>An object that changes hands as a whole.</summary>
    public bool IsAtomicMap => json["x-kubernetes-map-type"]?.GetValue<string>() is "atomic";

    public ObjectSchema? Field(string name) =>
        json["properties"]?[name] is JsonObject property ? new(property)
        : json["additionalProperties"] is JsonObject values ? new(values)
        : null;

    public ObjectSchema? Items => json["items"] is JsonObject items ? new(items) : null;

    private bool IsTrue(string extension) => json[extension] is JsonValue value && value.TryGetValue<bool>(out var set) && set;
}
