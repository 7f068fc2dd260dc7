using System.Text.Json.Nodes;
using Mesh.KubeApi.Resources;

namespace Mesh.KubeApi.Ownership;

/// <summary>
/// A field, as managedFields names it: <c>f:name</c> for a member, <c>k:{"name":"x"}</c> for an item by its key, <c>v:"x"</c> for
/// an item of a set (structured-merge-diff's fieldpath).
/// </summary>
internal readonly record struct FieldPath(string Text)
{
    private const char Separator = '\n';

    public static readonly FieldPath Root = new("");

    public IEnumerable<string> Elements => Text.Split(Separator, StringSplitOptions.RemoveEmptyEntries);

    public FieldPath Member(string name) => Then($"f:{name}");

    public FieldPath Then(string element) => new(Text.Length == 0 ? element : Text + Separator + element);

    public bool IsWithin(FieldPath other) => Text == other.Text || Text.StartsWith(other.Text + Separator, StringComparison.Ordinal);

    /// <summary>What is there in an object; null where nothing is.</summary>
    public JsonNode? Find(JsonNode root) => Elements.Aggregate((JsonNode?)root, Step);

    /// <summary>Takes the field out of an object, and what is left empty by that.</summary>
    public void RemoveFrom(JsonNode root) => Remove(root, [.. Elements]);

    /// <summary>The key of a list's item: the values of its key fields, in alphabetical order.</summary>
    public static string Key(JsonObject item, IEnumerable<string> keys)
    {
        var key = new JsonObject();
        // Ports are told apart by protocol, which may be left to its default.
        foreach (var name in keys.Order(StringComparer.Ordinal)) key[name] = item[name]?.DeepClone() ?? (name is "protocol" ? "TCP" : null);
        return $"k:{JsonText.Of(key)}";
    }

    public static string Value(JsonNode? item) => $"v:{JsonText.Of(item)}";

    /// <summary>As messages write it: <c>.spec.containers[name="x"].image</c>.</summary>
    public override string ToString() => string.Concat(Elements.Select(element => element[0] switch
    {
        'f' => $".{element[2..]}",
        'k' => $"[{string.Join(',', ((JsonObject)JsonNode.Parse(element[2..])!).Select(key => $"{key.Key}={JsonText.Of(key.Value)}"))}]",
        _ => $"[={element[2..]}]",
    }));

    private static JsonNode? Step(JsonNode? node, string element) => element[0] switch
    {
        'f' => (node as JsonObject)?[element[2..]],
        _ => (node as JsonArray)?.FirstOrDefault(item => IsItem(item, element)),
    };

    private static bool IsItem(JsonNode? item, string element) => element[0] switch
    {
        'k' => item is JsonObject map && Key(map, ((JsonObject)JsonNode.Parse(element[2..])!).Select(key => key.Key)) == element,
        _ => Value(item) == element,
    };

    private static void Remove(JsonNode node, ReadOnlySpan<string> elements)
    {
        var child = Step(node, elements[0]);
        if (elements.Length > 1)
        {
            if (child is null) return;
            Remove(child, elements[1..]);
            if (child is not (JsonObject { Count: 0 } or JsonArray { Count: 0 })) return;
        }

        if (node is JsonObject map) map.Remove(elements[0][2..]);
        else if (node is JsonArray items && child is not null) items.Remove(child);
    }
}
