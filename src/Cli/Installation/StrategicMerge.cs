using System.Text.Json.Nodes;
using Mesh.Cli.Cluster;

namespace Mesh.Cli.Installation;

/// <summary>A patch as kustomize merges it: maps by their keys, lists of named objects by the names, all else replaces.</summary>
internal static class StrategicMerge
{
    public static void Into(JsonObject target, JsonObject patch)
    {
        foreach (var (key, value) in patch)
        {
            if (target[key] is JsonObject map && value is JsonObject entries) Into(map, entries);
            else if (target[key] is JsonArray list && value is JsonArray items && IsNamed(list) && IsNamed(items)) Into(list, items);
            else target[key] = value?.DeepClone();
        }
    }

    private static void Into(JsonArray list, JsonArray items)
    {
        var added = 0;
        foreach (var item in items.OfType<JsonObject>())
        {
            if (list.OfType<JsonObject>().FirstOrDefault(o => o.Text("name") == item.Text("name")) is { } same) Into(same, item);
            // Before the others, where kustomize puts it.
            else list.Insert(added++, item.DeepClone());
        }
    }

    private static bool IsNamed(JsonArray list) => list.Count > 0 && list.All(item => item is JsonObject o && o.Text("name").Length > 0);
}
