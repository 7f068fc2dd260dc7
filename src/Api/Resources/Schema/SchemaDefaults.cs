using System.Text.Json.Nodes;

namespace Mesh.Api.Resources.Schema;

/// <summary>Fills in defaults, outer ones first, so that a default's own fields get theirs.</summary>
internal static class SchemaDefaults
{
    public static void Apply(SchemaNode schema, JsonNode? value)
    {
        if (value is JsonObject fields) ApplyToFields(schema, fields);
        else if (value is JsonArray items && schema.Items is { } item)
            foreach (var element in items) Apply(item, element);
    }

    private static void ApplyToFields(SchemaNode schema, JsonObject fields)
    {
        foreach (var (name, property) in schema.Properties)
        {
            if (fields.TryGetPropertyValue(name, out var value) && value is null && !property.IsNullable) fields.Remove(name);
            if (property.Default is { } fallback && !fields.ContainsKey(name)) fields[name] = fallback.DeepClone();
        }
        foreach (var (name, value) in fields)
        {
            if (schema.Properties.TryGetValue(name, out var property)) Apply(property, value);
            else if (schema.AdditionalProperties is { } additional) Apply(additional, value);
        }
    }
}
