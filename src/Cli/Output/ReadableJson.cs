using System.Text.Encodings.Web;
using System.Text.Json;

namespace Mesh.Cli.Output;

internal static class ReadableJson
{
    /// <summary>For a terminal and for programs, never for a web page: quotes within text stay readable.</summary>
    public static JsonSerializerOptions Options { get; } = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
    };
}
