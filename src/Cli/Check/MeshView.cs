using System.Text.Json.Nodes;
using Mesh.Cli.Cluster;

namespace Mesh.Cli.Check;

/// <summary>What checks look at: the cluster, asked once for each thing.</summary>
internal sealed class MeshView(ICluster cluster, string ns, Version own, DateTimeOffset now)
{
    private readonly Dictionary<string, IReadOnlyList<JsonObject>> _lists = [];

    public ICluster Cluster => cluster;

    /// <summary>The operator's namespace.</summary>
    public string Namespace => ns;

    /// <summary>meshctl's version.</summary>
    public Version Own => own;

    public DateTimeOffset Now => now;

    public JsonObject? Operator => field ??= cluster.Find("deployment", "mesh-operator", ns);

    public IReadOnlyList<JsonObject> List(string kind) => _lists.TryGetValue(kind, out var list) ? list : _lists[kind] = cluster.List(kind);
}
