using System.Text.Json.Nodes;
using Mesh.KubeApi.Authorization;
using Mesh.KubeApi.Resources;

namespace Mesh.KubeApi.Serving;

/// <summary>SelfSubjectAccessReview, which <c>kubectl auth can-i</c> asks.</summary>
internal static class AccessReview
{
    /// <returns>False where the path is another's.</returns>
    public static async Task<bool> TryServeAsync(HttpContext http, Authorizer authorizer)
    {
        if (!HttpMethods.IsPost(http.Request.Method) || http.Request.Path != "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews") return false;
        var review = await RequestBody.ReadObjectAsync(http);
        review["status"] = new JsonObject { ["allowed"] = authorizer.Allows(User.Of(http), Asked(review["spec"])) };
        await ResponseBody.WriteAsync(http, review, StatusCodes.Status201Created);
        return true;
    }

    private static RequestAttributes Asked(JsonNode? spec)
    {
        if (spec?["nonResourceAttributes"] is { } other) return new(other.Text("verb") ?? "") { Path = other.Text("path") ?? "" };
        var asked = spec?["resourceAttributes"];
        var (resource, subresource) = (asked.Text("resource") ?? "", asked.Text("subresource"));
        return new(asked.Text("verb") ?? "")
        {
            Group = asked.Text("group") ?? "",
            Resource = subresource is null ? resource : $"{resource}/{subresource}",
            Namespace = asked.Text("namespace") ?? "",
            Name = asked.Text("name") ?? "",
        };
    }
}
