using System.Text.Json.Nodes;

namespace Mesh.Api.Resources.Schema;

/// <summary>Removes fields that the schema doesn't know.</summary>
internal static class SchemaPruning
{
    public static void Prune(SchemaNode schema, JsonNode? value)
    {
        if (value is JsonObject fields) PruneFields(schema, fields);
        else if (value is JsonArray items && schema.Items is { } item)
            foreach (var element in items) Prune(item, element);
    }

    private static void PruneFields(SchemaNode schema, JsonObject fields)
    {
        foreach (var (name, value) in fields.ToArray())
        {
            if (schema.IsResource && name == "metadata") continue;
            if (schema.Properties.TryGetValue(name, out var property)) Prune(property, value);
            else if (schema.AdditionalProperties is { } additional) Prune(additional, value);
            else if (!SchemaValidator.IsKnown(schema, name)) fields.Remove(name);
        }
    }
}
