using System.Text.Json.Nodes;
using Mesh.KubeApi.Resources;

namespace Mesh.KubeApi.Tables;

/// <summary>Objects as meta.k8s.io/v1 Tables, which is what kubectl asks for when it prints.</summary>
internal static class TableWriter
{
    /// <summary>The table of some objects. <paramref name="include"/> is what each row carries along: None, Metadata or Object.</summary>
    public static JsonObject Write(ResourceType type, IEnumerable<JsonObject> items, JsonObject listMetadata, string include, DateTimeOffset now)
    {
        var columns = type.Columns.Count > 0 ? type.Columns : BuiltInColumns.Default;
        return new()
        {
            ["kind"] = "Table",
            ["apiVersion"] = "meta.k8s.io/v1",
            ["metadata"] = listMetadata,
            ["columnDefinitions"] = new JsonArray([.. columns.Select(Definition)]),
            ["rows"] = new JsonArray([.. items.Select(item => Row(columns, item, include, now))]),
        };
    }

    /// <summary>An object's metadata only, as meta.k8s.io/v1 has it.</summary>
    public static JsonObject MetadataOnly(JsonObject value) => new()
    {
        ["kind"] = "PartialObjectMetadata",
        ["apiVersion"] = "meta.k8s.io/v1",
        ["metadata"] = value["metadata"]?.DeepClone(),
    };

    private static JsonObject Definition(Column column) => new()
    {
        ["name"] = column.Name,
        ["type"] = column.Type,
        ["format"] = column.Format,
        ["description"] = column.Description,
        ["priority"] = column.Priority,
    };

    private static JsonObject Row(IReadOnlyList<Column> columns, JsonObject item, string include, DateTimeOffset now)
    {
        var row = new JsonObject { ["cells"] = new JsonArray([.. columns.Select(column => column.Cell(item, now))]) };
        if (include is "Object") row["object"] = item.Clone();
        else if (include is not "None") row["object"] = MetadataOnly(item);
        return row;
    }
}
