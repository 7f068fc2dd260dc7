using System.Globalization;
using System.Text.Json.Nodes;

namespace Mesh.KubeApi.Patching;

/// <summary>A place in a JSON document, RFC 6901.</summary>
internal sealed class JsonPointer
{
    private readonly string[] _segments;

    private JsonPointer(string[] segments) => _segments = segments;

    public bool IsRoot => _segments.Length == 0;

    public string Last => _segments[^1];

    public JsonPointer Parent => new(_segments[..^1]);

    public static JsonPointer Parse(string text)
    {
        if (text.Length == 0) return new([]);
        if (text[0] != '/') throw new JsonPatchException($"found path \"{text}\", expected one that starts with /");
        return new([.. text[1..].Split('/').Select(Unescape)]);
    }

    public JsonNode? Read(JsonNode? document) => _segments.Aggregate(document, Step);

    public override string ToString() => string.Concat(_segments.Select(segment => $"/{segment}"));

    private JsonNode? Step(JsonNode? node, string segment) => node switch
    {
        JsonObject map when map.TryGetPropertyValue(segment, out var member) => member,
        JsonArray items when int.TryParse(segment, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < items.Count =>
            items[index],
        _ => throw new JsonPatchException($"{this} doesn't exist"),
    };

    private static string Unescape(string segment) =>
        segment.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
}
