using System.Text.Json.Nodes;

namespace Mesh.Api.Resources.Yaml;

/// <summary>A YAML document as JSON, and where its fields stand.</summary>
internal sealed class YamlDocument(JsonNode? root, int line, IReadOnlyDictionary<string, int> lines)
{
    public JsonNode? Root => root;

    /// <summary>The line of a field, or of the nearest field around it that stands in the text.</summary>
    public int LineOf(string path)
    {
        for (var known = path; known.Length > 0; known = Parent(known))
        {
            if (lines.TryGetValue(known, out var found)) return found;
        }
        return line;
    }

    private static string Parent(string path)
    {
        var end = path[^1] == ']' ? path.LastIndexOf('[') : path.LastIndexOf('.');
        return end < 0 ? "" : path[..end];
    }
}
