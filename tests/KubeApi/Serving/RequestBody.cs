using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.KubeApi.Errors;

namespace Mesh.KubeApi.Serving;

/// <summary>What clients send: JSON in every content type (kubectl and client libraries send apply patches as JSON, which is YAML).</summary>
internal static class RequestBody
{
    public static async Task<JsonNode> ReadAsync(HttpContext http) =>
        await ParseAsync(http) ?? throw ApiException.BadRequest("the request's body is empty");

    public static async Task<JsonObject> ReadObjectAsync(HttpContext http)
    {
        if (http.Request.ContentType is { } type && !type.StartsWith("application/json", StringComparison.OrdinalIgnoreCase))
        {
            throw ApiException.UnsupportedMediaType(type, "application/json");
        }

        return await ReadAsync(http) as JsonObject ?? throw ApiException.BadRequest("the request's body is no object");
    }

    public static async Task<JsonObject?> ReadOptionalAsync(HttpContext http) =>
        http.Request.ContentLength is 0 ? null : await ParseAsync(http) as JsonObject;

    private static async Task<JsonNode?> ParseAsync(HttpContext http)
    {
        using var reader = new StreamReader(http.Request.Body);
        var text = await reader.ReadToEndAsync(http.RequestAborted);
        try
        {
            return text.Length == 0 ? null : JsonNode.Parse(text);
        }
        catch (JsonException failure)
        {
            throw ApiException.BadRequest($"the request's body is no JSON: {failure.Message}");
        }
    }
}
