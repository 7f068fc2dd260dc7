using System.Text.Json.Nodes;
using Mesh.KubeApi.Requests;
using Mesh.KubeApi.Resources;

namespace Mesh.KubeApi.Writing;

/// <summary>What a DELETE asks for, in its body or its query. Propagation makes no difference: nothing here collects dependents.</summary>
internal sealed record DeleteOptions(long? GracePeriodSeconds, string? Uid, string? ResourceVersion)
{
    public static DeleteOptions Read(ResourceRequest request, JsonObject? body) => new(
        body?["gracePeriodSeconds"]?.GetValue<long>() ?? request.Number("gracePeriodSeconds"),
        body?["preconditions"].Text("uid"),
        body?["preconditions"].Text("resourceVersion"));
}
