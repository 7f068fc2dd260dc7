using System.Text.Json.Nodes;
using Mesh.KubeApi.Resources;
using Mesh.KubeApi.Storage;

namespace Mesh.KubeApi.Kinds;

/// <summary>Namespaces carry their name as a label, so that selectors can name them.</summary>
internal sealed class NamespaceRules : KindRules
{
    private const string NameLabel = "kubernetes.io/metadata.name";

    public override void Default(JsonObject value)
    {
        var metadata = value.Metadata();
        metadata.Default("labels", new JsonObject());
        metadata["labels"]![NameLabel] = value.Name();
    }

    public override void PrepareForCreate(JsonObject value, Snapshot stored)
    {
        value.Default("spec", new JsonObject());
        value["spec"]!["finalizers"] = new JsonArray("kubernetes");
        value["status"] = new JsonObject { ["phase"] = "Active" };
    }
}
