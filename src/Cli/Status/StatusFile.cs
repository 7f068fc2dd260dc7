using System.Text.Json.Nodes;
using Mesh.Api.Resources;
using Mesh.Cli.Output;

namespace Mesh.Cli.Status;

/// <summary>A file that a standalone operator writes: a resource with its status.</summary>
internal sealed record StatusFile(string Text, JsonObject Resource)
{
    public static IReadOnlyList<StatusFile> ReadAll(string stateDirectory)
    {
        var directory = Path.Combine(stateDirectory, "status");
        if (!Directory.Exists(directory))
            throw new UsageException($"{directory}: found no such directory, expected the one that an operator with --state {stateDirectory} writes to.");
        return [.. Directory.EnumerateFiles(directory, "*.yaml").Order(StringComparer.Ordinal).Select(Read)];
    }

    private static StatusFile Read(string path)
    {
        var text = File.ReadAllText(path);
        try
        {
            var documents = ManifestYaml.Parse(text);
            return documents is [JsonObject resource] ? new(text, resource) : throw new UsageException($"{path}: found {documents.Count} documents, expected one object.");
        }
        catch (FormatException e)
        {
            throw new UsageException($"{path}: {e.Message}");
        }
    }
}
