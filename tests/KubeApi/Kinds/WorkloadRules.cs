using System.Text.Json.Nodes;
using Mesh.KubeApi.Resources;

namespace Mesh.KubeApi.Kinds;

/// <summary>Kinds that hold a pod template: they are kept as written, with no pods made from them.</summary>
internal sealed class WorkloadRules : KindRules
{
    public override void Default(JsonObject value)
    {
        if (value["spec"] is not JsonObject spec) return;
        if (value.Text("kind") is "Deployment" or "ReplicaSet" or "StatefulSet") spec.Default("replicas", 1);
        if (spec["template"] is not JsonObject template) return;
        template.Metadata();
        if (template["spec"] is JsonObject pod) PodRules.DefaultSpec(pod);
    }
}
