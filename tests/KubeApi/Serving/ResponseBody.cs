using System.Text.Json.Nodes;
using Mesh.KubeApi.Resources;

namespace Mesh.KubeApi.Serving;

internal static class ResponseBody
{
    public static async Task WriteAsync(HttpContext http, JsonObject body, int status = StatusCodes.Status200OK)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        await http.Response.WriteAsync(JsonText.Of(body), http.RequestAborted);
    }
}
