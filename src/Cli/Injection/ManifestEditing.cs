using System.Text.Json.Nodes;
using Mesh.Api.Resources;
using Mesh.Cli.Lint;
using Mesh.Cli.Output;

namespace Mesh.Cli.Injection;

/// <summary>Manifests in, the same manifests out, with their pods changed: what a pipe to kubectl apply takes.</summary>
internal static class ManifestEditing
{
    /// <param name="paths">Files, directories, or <c>-</c>.</param>
    /// <param name="input">Standard input.</param>
    /// <param name="edit">Changes a pod within a manifest.</param>
    public static string Run(IEnumerable<string> paths, TextReader input, Action<JsonObject, JsonObject> edit)
    {
        List<JsonNode> documents = [.. paths.SelectMany(path => ManifestText.Open(path, input)).SelectMany(Parse)];
        foreach (var manifest in documents.SelectMany(PodTemplates.In))
        {
            if (PodTemplates.Of(manifest) is { } pod) edit(manifest, pod);
        }
        return YamlText.Of(documents);
    }

    private static IReadOnlyList<JsonNode> Parse(ManifestText text)
    {
        try
        {
            return ManifestYaml.Parse(text.Text);
        }
        catch (FormatException exception)
        {
            throw new UsageException($"{text.File}: {exception.Message}");
        }
    }
}
