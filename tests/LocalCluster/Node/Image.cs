namespace Mesh.LocalCluster.Node;

/// <summary>What stands for an image: a program of this machine, in the folder /app, on this machine's own files.</summary>
/// <param name="Folder">What is seen at /app; null: nothing.</param>
/// <param name="Entrypoint">What the arguments are given to; empty: they are the command.</param>
internal sealed record Image(string? Folder, IReadOnlyList<string> Entrypoint)
{
    /// <summary>The folder that a program is seen in.</summary>
    public const string Root = "/app";

    /// <param name="program">A program's path, or a .NET assembly's; empty: the image has the machine's programs only.</param>
    public static Image Of(string program)
    {
        if (program.Length == 0) return new(null, []);
        var path = Path.GetFullPath(program);
        if (!File.Exists(path)) throw new FileNotFoundException($"found no program {path}");
        var inside = $"{Root}/{Path.GetFileName(path)}";
        return new(Path.GetDirectoryName(path), [inside]);
    }
}
