using System.Globalization;
using System.Text.Json.Nodes;
using Mesh.Api.Injection;

namespace Mesh.Cli.Injection;

/// <summary>What the API server does with the injector's patch (RFC 6902): of it, the operations that the injector uses.</summary>
internal static class JsonPatching
{
    public static void Apply(JsonObject target, IEnumerable<JsonPatchOperation> patch)
    {
        foreach (var operation in patch) Apply(target, operation);
    }

    private static void Apply(JsonObject target, JsonPatchOperation operation)
    {
        var path = operation.Path.Split('/').Skip(1).Select(Unescape).ToArray();
        var parent = path[..^1].Aggregate((JsonNode)target, (node, name) => node is JsonArray list ? list[Index(name)]! : node[name]!);
        switch (operation.Operation, parent)
        {
            case ("add", JsonArray list) when path[^1] == "-": list.Add(operation.Value!.DeepClone()); break;
            case ("add", JsonArray list): list.Insert(Index(path[^1]), operation.Value!.DeepClone()); break;
            case ("add", JsonObject map): map[path[^1]] = operation.Value!.DeepClone(); break;
            case ("remove", JsonArray list): list.RemoveAt(Index(path[^1])); break;
            case ("remove", JsonObject map): map.Remove(path[^1]); break;
            default: throw new InvalidOperationException($"{operation.Operation} {operation.Path}: expected add or remove, within an object or an array");
        }
    }

    private static int Index(string name) => int.Parse(name, CultureInfo.InvariantCulture);

    private static string Unescape(string segment) => segment.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
}
