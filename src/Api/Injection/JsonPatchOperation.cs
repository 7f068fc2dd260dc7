using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Mesh.Api.Injection;

/// <summary>One operation of a JSON patch (RFC 6902). Only <c>add</c> is ever needed: nothing of the pod's own is changed.</summary>
public sealed record JsonPatchOperation(
    [property: JsonPropertyName("op")] string Operation,
    [property: JsonPropertyName("path")] string Path,
    [property: JsonPropertyName("value")] JsonNode Value)
{
    /// <summary>Adds a member to an object, or an element to an array (<c>-</c>: at its end).</summary>
    /// <param name="path">The member names and indexes from the root, not yet escaped.</param>
    /// <param name="value">What to add.</param>
    public static JsonPatchOperation Add(IEnumerable<string> path, JsonNode value) => new("add", string.Concat(path.Select(p => "/" + Escape(p))), value);

    // RFC 6901 section 3.
    private static string Escape(string segment) => segment.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
}
