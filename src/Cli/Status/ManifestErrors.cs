namespace Mesh.Cli.Status;

/// <summary>What a standalone operator can't read of its manifests now, as it writes it: one error a line, with file, line and reason.</summary>
internal static class ManifestErrors
{
    public static IReadOnlyList<string> Read(string stateDirectory)
    {
        var path = Path.Combine(stateDirectory, "manifest-errors");
        return File.Exists(path) ? [.. File.ReadLines(path).Where(line => line.Length > 0)] : [];
    }
}
