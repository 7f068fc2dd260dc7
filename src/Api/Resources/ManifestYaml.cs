using System.Globalization;
using System.Text.Json.Nodes;
using Mesh.Api.Resources.Yaml;

namespace Mesh.Api.Resources;

/// <summary>
/// YAML as manifests use it: scalars mean what YAML 1.2's core schema says, keys are text and stand once, what the text may cost is
/// bounded.
/// </summary>
public static class ManifestYaml
{
    /// <summary>The documents of a text as JSON; empty ones are left out.</summary>
    /// <exception cref="FormatException">The text is no YAML; the message names the line.</exception>
    public static IReadOnlyList<JsonNode> Parse(string text)
    {
        try
        {
            return [.. YamlChunks.Split(text).SelectMany(c => YamlReader.Read(c.Text, c.FirstLine)).Select(d => d.Root).OfType<JsonNode>()];
        }
        catch (ManifestYamlException e)
        {
            throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"line {e.Line}: {e.Message}"), e);
        }
    }
}
