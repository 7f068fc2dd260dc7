using System.Globalization;
using System.Text.Json.Nodes;
using Mesh.KubeApi.Resources;

namespace Mesh.KubeApi.Patching;

/// <summary>JSON patch, RFC 6902. (Microsoft.AspNetCore.JsonPatch.SystemTextJson 10.0.14 can't copy or move within JsonNodes.)</summary>
internal static class JsonPatch
{
    /// <exception cref="JsonPatchException">An operation can't be done.</exception>
    public static JsonNode? Apply(JsonNode? document, JsonArray operations)
    {
        for (var i = 0; i < operations.Count; i++)
        {
            try
            {
                document = Apply(document, operations[i] as JsonObject ?? throw new JsonPatchException("expected an object with op and path"));
            }
            catch (JsonPatchException failure)
            {
                throw new JsonPatchException($"operation {i} ({operations[i]?.ToJsonString()}): {failure.Message}");
            }
        }

        return document;
    }

    private static JsonNode? Apply(JsonNode? document, JsonObject operation)
    {
        var path = JsonPointer.Parse(operation["path"]?.ToString() ?? throw new JsonPatchException("path is missing"));
        switch (operation.Text("op"))
        {
            case "add":
                return Add(document, path, Value(operation));
            case "remove":
                return Remove(document, path);
            case "replace":
                return Add(Remove(document, path), path, Value(operation), isReplacing: true);
            case "copy":
                return Add(document, path, From(operation).Read(document)?.DeepClone());
            case "move":
                var moved = From(operation).Read(document)?.DeepClone();
                return Add(Remove(document, From(operation)), path, moved);
            case "test":
                var found = path.Read(document);
                return JsonNode.DeepEquals(found, Value(operation))
                    ? document
                    : throw new JsonPatchException($"found {JsonText.Of(found)}, expected {JsonText.Of(operation["value"])}");
            case var other:
                throw new JsonPatchException($"op: found \"{other}\", expected add, remove, replace, copy, move or test");
        }
    }

    private static JsonPointer From(JsonObject operation) =>
        JsonPointer.Parse(operation["from"]?.ToString() ?? throw new JsonPatchException("from is missing"));

    private static JsonNode? Value(JsonObject operation) =>
        operation.TryGetPropertyValue("value", out var value) ? value?.DeepClone() : throw new JsonPatchException("value is missing");

    private static JsonNode? Add(JsonNode? document, JsonPointer path, JsonNode? value, bool isReplacing = false)
    {
        if (path.IsRoot) return value;
        switch (path.Parent.Read(document))
        {
            case JsonObject map:
                map[path.Last] = value;
                return document;
            case JsonArray items:
                items.Insert(path.Last == "-" && !isReplacing ? items.Count : Index(path.Last, items.Count), value);
                return document;
            default:
                throw new JsonPatchException($"{path.Parent} is neither an object nor a list");
        }
    }

    private static JsonNode? Remove(JsonNode? document, JsonPointer path)
    {
        if (path.IsRoot) return null;
        _ = path.Read(document);
        var parent = path.Parent.Read(document);
        if (parent is JsonObject map) map.Remove(path.Last);
        else if (parent is JsonArray items) items.RemoveAt(Index(path.Last, items.Count - 1));
        return document;
    }

    private static int Index(string text, int most) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index <= most ? index
        : throw new JsonPatchException($"found index {text}, expected 0 to {most}");
}
