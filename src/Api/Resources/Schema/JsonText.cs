using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mesh.Api.Resources.Schema;

/// <summary>Says what a JSON value is, for errors.</summary>
internal static class JsonText
{
    private const int Longest = 64;
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Scalars as JSON, cut short; objects and lists by their kind.</summary>
    public static string Of(JsonNode? value)
    {
        if (value is JsonObject) return "an object";
        if (value is JsonArray) return "a list";
        var text = value is null ? "null" : value.ToJsonString(Readable);
        return text.Length <= Longest ? text : $"{text[..Longest]}...";
    }

    public static string WithArticle(string? type) => type switch
    {
        "object" => "an object",
        "array" => "a list",
        "integer" => "an integer",
        "string" => "a string",
        "number" => "a number",
        "boolean" => "true or false",
        _ => "any value",
    };
}
