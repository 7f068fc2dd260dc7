using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Mesh.Api.Injection;

/// <summary>One operation of a JSON patch (RFC 6902).</summary>
/// <param name="Operation">add, replace or remove.</param>
/// <param name="Path">A JSON pointer (RFC 6901).</param>
/// <param name="Value">What to put there; null where something is removed.</param>
public sealed record JsonPatchOperation(
    [property: JsonPropertyName("op")] string Operation,
    [property: JsonPropertyName("path")] string Path,
    [property: JsonPropertyName("value"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] JsonNode? Value)
{
    /// <summary>Adds a member to an object, in the place of one of that name, or an element to an array (<c>-</c>: at its end).</summary>
    /// <param name="path">The member names and indexes from the root, not yet escaped.</param>
    /// <param name="value">What to add.</param>
    public static JsonPatchOperation Add(IEnumerable<string> path, JsonNode value) => new("add", Pointer(path), value);

    /// <summary>Removes what is there.</summary>
    /// <param name="path">The member names and indexes from the root, not yet escaped.</param>
    public static JsonPatchOperation Remove(IEnumerable<string> path) => new("remove", Pointer(path), null);

    private static string Pointer(IEnumerable<string> path) => string.Concat(path.Select(p => "/" + Escape(p)));

    // RFC 6901 section 3.
    private static string Escape(string segment) => segment.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
}
