namespace Mesh.Api.Resources.Yaml;

/// <summary>The text is no YAML, or none that a manifest may be.</summary>
internal sealed class ManifestYamlException(int line, string message) : FormatException(message)
{
    /// <summary>Counted from 1.</summary>
    public int Line => line;
}
