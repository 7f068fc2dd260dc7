using System.Text.Json.Nodes;
using Mesh.KubeApi.Errors;
using Mesh.KubeApi.Resources;

namespace Mesh.KubeApi.Selectors;

/// <summary>
/// What fields have to be: <c>metadata.name=catalog,status.phase!=Running</c>. Every kind has its own short list of them.
/// </summary>
internal sealed class FieldSelector(IReadOnlyList<(string Path, bool Equal, string Value)> requirements)
{
    public static FieldSelector Parse(string? text, ResourceType type) =>
        new([.. (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries).Select(part => ParseRequirement(part, type))]);

    public bool Matches(JsonObject value) =>
        requirements.All(requirement => (Field(value, requirement.Path) == requirement.Value) == requirement.Equal);

    private static (string, bool, string) ParseRequirement(string text, ResourceType type)
    {
        var end = text.IndexOf('=', StringComparison.Ordinal);
        if (end < 1)
        {
            throw ApiException.BadRequest($"invalid field selector: found '{text}', expected field=value, field==value or field!=value");
        }

        var equal = text[end - 1] != '!';
        var path = text[..(equal ? end : end - 1)].Trim();
        if (path is not ("metadata.name" or "metadata.namespace") && !type.SelectableFields.Contains(path))
        {
            throw ApiException.BadRequest($"field label not supported: {path}");
        }

        return (path, equal, text[(end + 1)..].TrimStart('=').Trim());
    }

    private static string Field(JsonObject value, string path) =>
        path.Split('.').Aggregate((JsonNode?)value, (node, member) => (node as JsonObject)?[member])?.ToString() ?? "";
}
