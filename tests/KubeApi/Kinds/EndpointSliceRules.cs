using System.Text.Json.Nodes;
using Mesh.KubeApi.Errors;
using Mesh.KubeApi.Resources;

namespace Mesh.KubeApi.Kinds;

/// <summary>The defaults of discovery.k8s.io/v1.</summary>
internal sealed class EndpointSliceRules : KindRules
{
    public override void Default(JsonObject value)
    {
        foreach (var port in value.Items("ports"))
        {
            port.Default("name", "");
            port.Default("protocol", "TCP");
        }
    }

    public override IEnumerable<StatusCause> Validate(JsonObject value, JsonObject? before)
    {
        if (value.Text("addressType") is null) yield return StatusCause.Required("addressType");
    }
}
