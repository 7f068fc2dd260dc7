using System.Text.Json.Nodes;

namespace Mesh.KubeApi.Schemas;

/// <summary>Fields that a schema doesn't know are dropped, and named to whoever sent them.</summary>
internal static class UnknownFields
{
    /// <returns>The paths of what was removed.</returns>
    public static IReadOnlyList<string> Remove(ObjectSchema schema, JsonNode? value)
    {
        var removed = new List<string>();
        Remove(schema, value, "", removed);
        return removed;
    }

    private static void Remove(ObjectSchema schema, JsonNode? value, string path, List<string> removed)
    {
        if (value is JsonArray items && schema.Items is { } itemSchema)
        {
            for (var i = 0; i < items.Count; i++) Remove(itemSchema, items[i], $"{path}[{i}]", removed);
        }

        if (value is not JsonObject map) return;
        foreach (var (name, field) in map.ToList())
        {
            var fieldPath = path.Length == 0 ? name : $"{path}.{name}";
            if (schema.Field(name) is { } known) Remove(known, field, fieldPath, removed);
            else if (!schema.KeepsUnknownFields)
            {
                map.Remove(name);
                removed.Add(fieldPath);
            }
        }
    }
}
