using System.Text.Json.Nodes;
using Mesh.KubeApi.Resources;

namespace Mesh.KubeApi.Ownership;

internal static class ManagedFields
{
    public static void Record(ResourceType type, JsonObject value, JsonObject before, Manager manager, DateTimeOffset now)
    {
    }

    public static bool EqualButForTheirTimes(JsonObject one, JsonObject other) => JsonNode.DeepEquals(WithoutTimes(one), WithoutTimes(other));

    private static JsonObject WithoutTimes(JsonObject value)
    {
        var rest = value.Clone();
        foreach (var entry in rest["metadata"].Items("managedFields")) entry.Remove("time");
        rest.Metadata().Remove("resourceVersion");
        return rest;
    }
}
