using Mesh.Cli.Output;

namespace Mesh.Cli.Lint;

/// <summary>A file to lint: its name as errors give it, and what stands in it.</summary>
internal sealed record ManifestText(string File, string Text)
{
    private static readonly string[] Extensions = [".yaml", ".yml", ".json"];

    /// <summary>The files that a path names: itself, all manifests beneath a directory, or standard input for <c>-</c>.</summary>
    public static IEnumerable<ManifestText> Open(string path, TextReader input)
    {
        if (path == "-") return [new("<stdin>", input.ReadToEnd())];
        if (System.IO.File.Exists(path)) return [Open(path)];
        if (!Directory.Exists(path)) throw new UsageException($"{path}: found no such file or directory.");
        return Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories)
            .Where(f => Extensions.Contains(Path.GetExtension(f), StringComparer.OrdinalIgnoreCase))
            .Order(StringComparer.Ordinal)
            .Select(Open);
    }

    private static ManifestText Open(string path) => new(path, System.IO.File.ReadAllText(path));
}
