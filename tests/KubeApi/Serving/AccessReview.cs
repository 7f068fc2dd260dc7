using System.Text.Json.Nodes;

namespace Mesh.KubeApi.Serving;

/// <summary>SelfSubjectAccessReview, which <c>kubectl auth can-i</c> asks: the one token may do anything.</summary>
internal static class AccessReview
{
    /// <returns>False where the path is another's.</returns>
    public static async Task<bool> TryServeAsync(HttpContext http)
    {
        if (!HttpMethods.IsPost(http.Request.Method) || http.Request.Path != "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews") return false;
        var review = await RequestBody.ReadObjectAsync(http);
        review["status"] = new JsonObject { ["allowed"] = true };
        await ResponseBody.WriteAsync(http, review, StatusCodes.Status201Created);
        return true;
    }
}
