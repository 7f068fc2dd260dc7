using System.CommandLine;
using System.Text.Json.Nodes;

namespace Mesh.Cli.Output;

/// <summary>How a command prints: for people as a table, or for programs.</summary>
internal static class OutputFormat
{
    public const string Table = "table";
    public const string Json = "json";
    public const string Yaml = "yaml";

    public static Option<string> Option()
    {
        var option = new Option<string>("--output", "-o") { Description = "How to print: table, json or yaml.", DefaultValueFactory = _ => Table };
        option.AcceptOnlyFromAmong(Table, Json, Yaml);
        return option;
    }

    /// <summary>Prints for programs.</summary>
    /// <param name="json">What is said.</param>
    /// <param name="format"><see cref="Json"/> or <see cref="Yaml"/>.</param>
    /// <param name="output">Where to.</param>
    public static void Write(JsonObject json, string format, TextWriter output) =>
        output.Write(format == Json ? json.ToJsonString(ReadableJson.Options) + "\n" : YamlText.Of(json));
}
