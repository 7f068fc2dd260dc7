using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Mesh.Cli.Output;

/// <summary>JSON as the YAML that people write.</summary>
internal static partial class YamlText
{
    // Lines as long as they are: where one may be folded, readers differ.
    private static readonly EmitterSettings Unfolded = new EmitterSettings().WithBestWidth(int.MaxValue);

    /// <summary>Documents, with <c>---</c> between them.</summary>
    public static string Of(IEnumerable<JsonNode> documents) => string.Join("---\n", documents.Select(Of));

    public static string Of(JsonNode document)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        new YamlStream(new YamlDocument(Node(document))).Save(new Emitter(text, Unfolded), assignAnchors: false);
        // The writer marks the document's end, which only a stream that goes on needs.
        const string End = "...\n";
        var written = text.ToString().Replace("\r\n", "\n", StringComparison.Ordinal);
        return written.EndsWith(End, StringComparison.Ordinal) ? written[..^End.Length] : written;
    }

    private static YamlNode Node(JsonNode? node) => node switch
    {
        JsonObject map => new YamlMappingNode(map.Select(entry => KeyValuePair.Create((YamlNode)Text(entry.Key), Node(entry.Value)))),
        JsonArray list => new YamlSequenceNode(list.Select(Node)),
        JsonValue value when value.GetValueKind() is JsonValueKind.String => Text(value.GetValue<string>()),
        null => new YamlScalarNode("null"),
        _ => new YamlScalarNode(node.ToJsonString()),
    };

    private static YamlScalarNode Text(string text) => new(text)
    {
        Style = text.Contains('\n', StringComparison.Ordinal) ? ScalarStyle.Literal
            : OtherThanText().IsMatch(text) ? ScalarStyle.DoubleQuoted
            : ScalarStyle.Any,
    };

    // What a reader, of YAML 1.1 too, takes for a number, a truth, a date or nothing.
    [GeneratedRegex(@"^([-+]?(0x[0-9a-f_]+|0b[01_]+|0o[0-7_]+|[0-9][0-9_]*(\.[0-9_]*)?(e[-+]?[0-9]+)?|\.[0-9_]+(e[-+]?[0-9]+)?|[0-9]+(:[0-5]?[0-9])+(\.[0-9_]*)?|\.inf)|\.nan|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*|true|false|yes|no|on|off|y|n|null|~|=|<<|)$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex OtherThanText();
}
