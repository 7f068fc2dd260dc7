using System.Text.Json.Nodes;
using Mesh.Api.Resources;
using Mesh.KubeApi.Clusters;

namespace Mesh.Chart.Tests;

/// <summary>Objects by kind, namespace and name, as helm or kubectl render them; no cluster is asked.</summary>
internal sealed class Manifests
{
    private static readonly string NoCluster = Path.Combine(Path.GetTempPath(), "mesh-no-kubeconfig");

    // What says whose an object is, and does nothing.
    private static readonly string[] Labels =
        ["helm.sh/chart", "app.kubernetes.io/managed-by", "app.kubernetes.io/instance", "app.kubernetes.io/version", "app.kubernetes.io/part-of"];
    private static readonly string[] Annotations = ["helm.sh/resource-policy"];

    private Manifests(IEnumerable<JsonObject> objects) => Objects = objects.ToDictionary(Key);

    public IReadOnlyDictionary<string, JsonObject> Objects { get; }

    public JsonObject this[string key] => Objects[key];

    public IEnumerable<JsonObject> OfKind(string kind) => Objects.Values.Where(o => (string?)o["kind"] == kind);

    /// <summary>The chart as it is, definitions and tests included.</summary>
    public static async Task<Manifests> OfChartAsync(params string[] arguments) =>
        Parse((await HelmAsync(["template", "mesh", Repository.Chart, "--namespace", "mesh-system", "--include-crds", .. arguments])).Succeeded());

    /// <summary>A kustomization of config/.</summary>
    public static async Task<Manifests> OfConfigAsync(string folder) =>
        Parse((await new Kubectl(NoCluster).RunAsync("kustomize", Path.Combine(Repository.Config, folder))).Succeeded());

    public static Manifests Parse(string yaml) => new(ManifestYaml.Parse(yaml).OfType<JsonObject>());

    public static Task<ToolResult> HelmAsync(params string[] arguments) => new Helm(NoCluster).RunAsync(arguments);

    /// <summary>Without what is for helm and for people only: labels of origin, and the pods that helm tests with.</summary>
    public Manifests WithoutOrigin()
    {
        var objects = Objects.Values.Where(o => o["metadata"]!["annotations"]?["helm.sh/hook"] is null).Select(o => (JsonObject)o.DeepClone()).ToList();
        foreach (var metadata in objects.Select(o => o["metadata"]!.AsObject()))
        {
            Remove(metadata, "labels", Labels);
            Remove(metadata, "annotations", Annotations);
        }
        return new(objects);
    }

    /// <summary>Where two sets of objects differ, one line each.</summary>
    public static IEnumerable<string> Differences(Manifests found, Manifests expected)
    {
        foreach (var key in found.Objects.Keys.Except(expected.Objects.Keys)) yield return $"{key}: the chart has it, config has not";
        foreach (var key in expected.Objects.Keys.Except(found.Objects.Keys)) yield return $"{key}: config has it, the chart has not";
        foreach (var key in found.Objects.Keys.Intersect(expected.Objects.Keys))
            foreach (var difference in Differences(key, found[key], expected[key])) yield return difference;
    }

    private static IEnumerable<string> Differences(string path, JsonNode? chart, JsonNode? config) => (chart, config) switch
    {
        (JsonObject a, JsonObject b) => a.Select(p => p.Key).Union(b.Select(p => p.Key)).SelectMany(key => Differences($"{path}.{key}", a[key], b[key])),
        (JsonArray a, JsonArray b) => Enumerable.Range(0, Math.Max(a.Count, b.Count)).SelectMany(i => Differences($"{path}[{i}]", a.ElementAtOrDefault(i), b.ElementAtOrDefault(i))),
        _ => JsonNode.DeepEquals(chart, config) ? [] : [$"{path}: the chart says {Text(chart)}, config says {Text(config)}"],
    };

    private static string Text(JsonNode? node) => node?.ToJsonString() ?? "nothing";

    private static string Key(JsonObject o) => $"{o["kind"]} {(o["metadata"]!["namespace"] is { } ns ? $"{ns}/" : "")}{o["metadata"]!["name"]}";

    private static void Remove(JsonObject metadata, string map, string[] keys)
    {
        if (metadata[map] is not JsonObject entries) return;
        foreach (var key in keys) entries.Remove(key);
        if (entries.Count == 0) metadata.Remove(map);
    }
}
