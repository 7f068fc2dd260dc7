using System.Text.Json.Nodes;
using Mesh.KubeApi.Errors;
using Mesh.KubeApi.Requests;

namespace Mesh.KubeApi.Patching;

/// <summary>A PATCH's body as an edit, by its content type.</summary>
internal static class Patch
{
    public const string Json = "application/json-patch+json";
    public const string Merge = "application/merge-patch+json";
    public const string Strategic = "application/strategic-merge-patch+json";
    public const string Apply = "application/apply-patch+yaml";

    public static bool IsApply(ResourceRequest request) => ContentType(request) is Apply;

    public static Func<JsonObject, JsonObject> Read(ResourceRequest request, JsonNode patch)
    {
        var type = ContentType(request);
        return type switch
        {
            Json when patch is JsonArray operations => before => ApplyJson(request, before, operations),
            Merge when patch is JsonObject => before => (JsonObject)MergePatch.Apply(before, patch)!,
            Strategic when patch is JsonObject members && !request.Type.IsCustom =>
                before => StrategicMergePatch.Apply(request.Type.Schema, before, members),
            Json or Merge => throw ApiException.BadRequest($"the patch's body doesn't fit {type}"),
            _ => throw ApiException.UnsupportedMediaType(type, Json, Merge, Apply),
        };
    }

    private static string? ContentType(ResourceRequest request) => request.Http.Request.ContentType?.Split(';')[0].Trim();

    private static JsonObject ApplyJson(ResourceRequest request, JsonObject before, JsonArray operations)
    {
        try
        {
            return JsonPatch.Apply(before, operations) as JsonObject ?? throw ApiException.BadRequest("the patch leaves no object");
        }
        catch (JsonPatchException failure)
        {
            throw ApiException.Invalid(request.Type, request.Name!, [new("", failure.Message, "")]);
        }
    }
}
