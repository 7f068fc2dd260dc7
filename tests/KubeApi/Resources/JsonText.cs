using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mesh.KubeApi.Resources;

/// <summary>JSON as Go writes it: with no more escapes than needed, since some of it ends up in names and in headers.</summary>
internal static class JsonText
{
    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Of(JsonNode? value) => value?.ToJsonString(Relaxed) ?? "null";

    public static string Quote(string text) => JsonSerializer.Serialize(text, Relaxed);
}
