using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Mesh.Api.Injection;

namespace Mesh.Operator.Tests.Injection;

/// <summary>A pod after its injection, by the patch as it reads on the wire.</summary>
internal static class PatchedPod
{
    public static V1Pod Of(V1Pod pod, InjectionDecision.Inject inject) => KubernetesJson.Deserialize<V1Pod>(Json(pod, inject).ToJsonString());

    public static JsonNode Json(V1Pod pod, InjectionDecision.Inject inject)
    {
        var json = JsonNode.Parse(KubernetesJson.Serialize(pod))!;
        foreach (var operation in inject.Patch) Apply(json, JsonSerializer.SerializeToNode(operation)!);
        return json;
    }

    // RFC 6902 section 4: the two operations that are used.
    private static void Apply(JsonNode root, JsonNode operation)
    {
        var path = ((string)operation["path"]!).Split('/')[1..].Select(s => s.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)).ToArray();
        var parent = path[..^1].Aggregate(root, (node, name) => (node is JsonArray array ? array[int.Parse(name, CultureInfo.InvariantCulture)] : node[name])!);
        if ((string?)operation["op"] == "remove")
        {
            Assert.True(parent.AsObject().Remove(path[^1]));
            return;
        }
        Assert.Equal("add", (string?)operation["op"]);
        var value = operation["value"]!.DeepClone();
        if (parent is not JsonArray items) parent[path[^1]] = value;
        else if (path[^1] == "-") items.Add(value);
        else items.Insert(int.Parse(path[^1], CultureInfo.InvariantCulture), value);
    }
}
