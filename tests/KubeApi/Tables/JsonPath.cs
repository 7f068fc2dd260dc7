using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Mesh.KubeApi.Tables;

/// <summary>The part of JSONPath that printer columns use: members, indexes, <c>[*]</c> and <c>[?(@.type=="Ready")]</c>.</summary>
internal static partial class JsonPath
{
    public static IEnumerable<JsonNode> Select(JsonNode root, string path)
    {
        IEnumerable<JsonNode> found = [root];
        foreach (Match step in Step().Matches(path)) found = found.SelectMany(node => Take(node, step));
        return found;
    }

    private static IEnumerable<JsonNode> Take(JsonNode node, Match step)
    {
        if (step.Groups["member"] is { Success: true } member)
        {
            return Present((node as JsonObject)?[member.Value.Replace("\\.", ".", StringComparison.Ordinal)]);
        }

        if (node is not JsonArray items) return [];
        if (step.Groups["index"] is { Success: true } index)
        {
            return int.Parse(index.ValueSpan) is var i && i < items.Count ? Present(items[i]) : [];
        }

        if (!step.Groups["field"].Success) return items.OfType<JsonNode>();
        var (field, expected) = (step.Groups["field"].Value, step.Groups["value"].Value);
        return items.OfType<JsonNode>().Where(item => Select(item, field).Any(value => value.ToString() == expected));
    }

    private static IEnumerable<JsonNode> Present(JsonNode? node) => node is null ? [] : [node];

    [GeneratedRegex("""\.(?<member>(?:\\.|[^.\[\]\\])+)|\['(?<member>[^']+)'\]|\[(?<index>\d+)\]|\[\*\]|\[\?\(\s*@(?<field>[^=\s]+)\s*==\s*["'](?<value>[^"']*)["']\s*\)\]""")]
    private static partial Regex Step();
}
