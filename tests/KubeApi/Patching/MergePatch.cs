using System.Text.Json.Nodes;

namespace Mesh.KubeApi.Patching;

/// <summary>JSON merge patch, RFC 7396.</summary>
internal static class MergePatch
{
    public static JsonNode? Apply(JsonNode? target, JsonNode? patch)
    {
        if (patch is not JsonObject members) return patch?.DeepClone();
        var merged = target is JsonObject map ? map : [];
        foreach (var (name, member) in members)
        {
            if (member is null) merged.Remove(name);
            else if (Apply(merged[name], member) is var value && !ReferenceEquals(value, merged[name])) merged[name] = value;
        }

        return merged;
    }
}
