using System.Text.Json.Nodes;
using Mesh.KubeApi.Requests;
using Mesh.KubeApi.Resources;

namespace Mesh.KubeApi.Admission;

/// <summary>A write that webhooks may have a say in: the object as it would be (null: deleted), and as it was (null: created).</summary>
internal sealed record AdmissionQuestion(ResourceRequest Request, AdmissionOperation Operation, JsonObject? Object, JsonObject? OldObject)
{
    /// <summary>The object to match selectors and names against.</summary>
    public JsonObject Subject => Object ?? OldObject!;

    public string Name => Request.Name ?? Subject.Name();
}
