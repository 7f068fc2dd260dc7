using System.Net;
using System.Text.Json;

namespace Mesh.Operator;

/// <summary>The API server's refusal, by status code or by an ERROR event within a watch.</summary>
internal sealed class KubernetesStatusException(HttpStatusCode statusCode, string body) : Exception($"The API server answered {(int)statusCode}: {Message(body)}")
{
    public HttpStatusCode StatusCode { get; } = statusCode;

    /// <param name="status">A meta/v1 Status.</param>
    public static KubernetesStatusException Of(JsonElement status) =>
        new(status.TryGetProperty("code", out var code) && code.TryGetInt32(out var number) ? (HttpStatusCode)number : HttpStatusCode.InternalServerError, status.GetRawText());

    private static new string Message(string body)
    {
        try
        {
            using var status = JsonDocument.Parse(body);
            return status.RootElement.TryGetProperty("message", out var message) ? message.GetString() ?? body : body;
        }
        catch (JsonException)
        {
            return body;
        }
    }
}
