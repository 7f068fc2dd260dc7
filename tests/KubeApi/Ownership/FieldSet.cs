using System.Text.Json.Nodes;
using Mesh.KubeApi.Resources;
using Mesh.KubeApi.Schemas;

namespace Mesh.KubeApi.Ownership;

/// <summary>A set of fields, and its form in managedFields (fieldsV1).</summary>
internal sealed class FieldSet
{
    // What identifies an object, and what the server writes, has no owner.
    private static readonly string[] Unowned =
    [
        "name", "generateName", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp",
        "deletionGracePeriodSeconds", "selfLink", "managedFields",
    ];

    private readonly HashSet<FieldPath> _paths;

    private FieldSet(IEnumerable<FieldPath> paths) => _paths = [.. paths];

    public bool IsEmpty => _paths.Count == 0;

    public IEnumerable<FieldPath> Paths => _paths;

    /// <summary>Every field that an object sets.</summary>
    public static FieldSet Of(ObjectSchema schema, JsonObject value)
    {
        var owned = value.Clone();
        owned.Remove("apiVersion");
        owned.Remove("kind");
        foreach (var member in Unowned) owned.Metadata().Remove(member);
        if (owned.Metadata().Count == 0) owned.Remove("metadata");
        return new(Leaves(schema, owned, FieldPath.Root));
    }

    public static FieldSet FromJson(JsonNode? fields) => new(Read(fields as JsonObject ?? [], FieldPath.Root));

    public FieldSet Union(FieldSet other) => new(_paths.Union(other._paths));

    public FieldSet Except(FieldSet other) => new(_paths.Except(other._paths));

    public FieldSet Where(Func<FieldPath, bool> condition) => new(_paths.Where(condition));

    public bool Contains(FieldPath path) => _paths.Contains(path);

    public JsonObject ToJson()
    {
        var root = new JsonObject();
        foreach (var path in _paths.OrderBy(path => path.Text, StringComparer.Ordinal))
        {
            var node = root;
            foreach (var element in path.Elements)
            {
                if (node[element] is not JsonObject next) node[element] = next = [];
                node = next;
            }

            // A list item is owned itself, beside its fields.
            if (path.Elements.Last()[0] == 'k') node["."] = new JsonObject();
        }

        return root;
    }

    private static IEnumerable<FieldPath> Leaves(ObjectSchema? schema, JsonNode? value, FieldPath path) => value switch
    {
        JsonObject { Count: > 0 } map when schema?.IsAtomicMap is not true =>
            map.SelectMany(member => Leaves(schema?.Field(member.Key), member.Value, path.Member(member.Key))),
        JsonArray items when schema?.ListMapKeys is { Count: > 0 } keys =>
            items.OfType<JsonObject>().SelectMany(item => ItemLeaves(schema.Items, item, path.Then(FieldPath.Key(item, keys)))),
        JsonArray items when schema?.IsSet is true => items.Select(item => path.Then(FieldPath.Value(item))),
        _ when path == FieldPath.Root => [],
        _ => [path],
    };

    private static IEnumerable<FieldPath> ItemLeaves(ObjectSchema? schema, JsonObject item, FieldPath path) =>
        item.SelectMany(member => Leaves(schema?.Field(member.Key), member.Value, path.Member(member.Key))).Append(path);

    private static IEnumerable<FieldPath> Read(JsonObject fields, FieldPath path)
    {
        if ((fields.Count == 0 || fields.ContainsKey(".")) && path != FieldPath.Root) yield return path;
        foreach (var (element, below) in fields.Where(field => field.Key != "."))
        {
            foreach (var found in Read(below as JsonObject ?? [], path.Then(element))) yield return found;
        }
    }
}
