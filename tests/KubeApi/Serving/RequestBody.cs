using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.KubeApi.Errors;
using Mesh.KubeApi.Protobuf;

namespace Mesh.KubeApi.Serving;

/// <summary>
/// What clients send: JSON in every content type (kubectl and client libraries send apply patches as JSON, which is YAML), or
/// protobuf.
/// </summary>
internal static class RequestBody
{
    public static async Task<JsonNode> ReadAsync(HttpContext http) =>
        await ParseAsync(http) ?? throw ApiException.BadRequest("the request's body is empty");

    public static async Task<JsonObject> ReadObjectAsync(HttpContext http)
    {
        if (MediaType(http) is not (null or "application/json" or ProtobufBody.ContentType) and var other)
        {
            throw ApiException.UnsupportedMediaType(other, "application/json", ProtobufBody.ContentType);
        }

        return await ReadAsync(http) as JsonObject ?? throw ApiException.BadRequest("the request's body is no object");
    }

    public static async Task<JsonObject?> ReadOptionalAsync(HttpContext http) => await ParseAsync(http) as JsonObject;

    private static string? MediaType(HttpContext http) => http.Request.ContentType?.Split(';')[0].Trim().ToLowerInvariant();

    private static async Task<JsonNode?> ParseAsync(HttpContext http)
    {
        using var buffer = new MemoryStream();
        await http.Request.Body.CopyToAsync(buffer, http.RequestAborted);
        if (buffer.Length == 0) return null;
        if (MediaType(http) is ProtobufBody.ContentType) return ProtobufBody.Read(buffer.ToArray());
        try
        {
            return JsonNode.Parse(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
        }
        catch (JsonException failure)
        {
            throw ApiException.BadRequest($"the request's body is no JSON: {failure.Message}");
        }
    }
}
