using System.Text.Json.Nodes;
using Mesh.Api.Resources;
using Mesh.Cli.Cluster;

namespace Mesh.Cli.Tests;

/// <summary>Objects in memory, and what was done to them.</summary>
internal sealed class FakeCluster : ICluster
{
    public List<JsonObject> Objects { get; } = [];

    public Version Version { get; set; } = new(1, 32);

    /// <summary>Kinds that whoever runs meshctl may not create, or read.</summary>
    public HashSet<string> Forbidden { get; } = [];

    public List<string> Restarted { get; } = [];

    public JsonObject this[string kind, string name] => Find(kind, name) ?? throw new InvalidOperationException($"no {kind} {name}");

    public void Add(string yaml) => Objects.AddRange(ManifestYaml.Parse(yaml).OfType<JsonObject>());

    public void Remove(string kind, string name) => Objects.Remove(this[kind, name]);

    public Version ServerVersion() => Version.Major == 0 ? throw new ClusterException("kubectl version -o json: connection refused") : Version;

    public JsonObject? Find(string kind, string name, string? ns = null)
    {
        if (Forbidden.Contains(Singular(kind))) throw new ClusterException($"kubectl get {kind} {name}: Error from server (Forbidden)");
        return Objects.Find(o => Is(o, kind) && o.Text("metadata", "name") == name && (ns is null || o.Text("metadata", "namespace") == ns));
    }

    public IReadOnlyList<JsonObject> List(string kind, string? ns = null) => Forbidden.Contains(Singular(kind))
        ? throw new ClusterException($"kubectl get {kind}: Error from server (Forbidden)")
        : [.. Objects.Where(o => Is(o, kind) && (ns is null || o.Text("metadata", "namespace") == ns))];

    public void Annotate(string kind, string name, string ns, string annotation, string value)
    {
        var metadata = (Find(kind, name, ns) ?? throw new ClusterException($"kubectl annotate {kind} {name}: Error from server (NotFound)"))["metadata"]!;
        (metadata["annotations"] ??= new JsonObject())[annotation] = value;
    }

    public bool MayCreate(string kind, string? ns = null) => !Forbidden.Contains(Singular(kind));

    public string Apply(string manifests) => throw new NotSupportedException("the chart's tests apply, to an API server");

    public string Delete(string manifests) => throw new NotSupportedException("the chart's tests delete, on an API server");

    public void Restart(Workload workload, TimeSpan timeout) => Restarted.Add($"{workload.Namespace} {workload}");

    public void AwaitRollout(Workload workload, TimeSpan timeout)
    {
    }

    private static bool Is(JsonObject o, string kind) => string.Equals(o.Text("kind"), Singular(kind), StringComparison.OrdinalIgnoreCase);

    private static string Singular(string kind) => kind.ToLowerInvariant().Split('.')[0] switch
    {
        var name when name.EndsWith("ies", StringComparison.Ordinal) => name[..^3] + "y",
        var name when name.EndsWith('s') => name[..^1],
        var name => name,
    };
}
