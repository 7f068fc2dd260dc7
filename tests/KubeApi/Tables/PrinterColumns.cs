using System.Globalization;
using System.Text.Json.Nodes;
using Mesh.KubeApi.Resources;

namespace Mesh.KubeApi.Tables;

/// <summary>A definition's additionalPrinterColumns.</summary>
internal static class PrinterColumns
{
    public static IReadOnlyList<Column> Of(JsonObject version)
    {
        var written = version.Items("additionalPrinterColumns").Select(Read).ToList();
        return [BuiltInColumns.Name, .. written.Count > 0 ? written : [BuiltInColumns.Age]];
    }

    private static Column Read(JsonObject column)
    {
        var (type, path) = (column.Text("type") ?? "string", column.Text("jsonPath") ?? "");
        return new(
            column.Text("name")!,
            type,
            (value, now) => Cell(type, JsonPath.Select(value, path).ToList(), now),
            column.Text("format") ?? "",
            column.Text("description") ?? "",
            column["priority"]?.GetValue<int>() ?? 0);
    }

    private static JsonNode? Cell(string type, List<JsonNode> found, DateTimeOffset now)
    {
        if (found.Count == 0) return null;
        if (type is "date")
        {
            return DateTimeOffset.TryParse(found[0].ToString(), CultureInfo.InvariantCulture, out var then) ? Age.Text(now - then) : "<invalid>";
        }

        return type is "string" ? string.Join(',', found.Select(node => node.ToString())) : found[0].DeepClone();
    }
}
