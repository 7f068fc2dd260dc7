namespace Mesh.Operator.Status;

/// <summary>The folder that a standalone operator writes to. A reader never sees half a file.</summary>
internal sealed class StateFolder(string path)
{
    public string Path { get; } = path;

    /// <summary>Writes a file whole.</summary>
    /// <param name="file">Its path below the folder.</param>
    /// <param name="text">What it says from now on.</param>
    public void Write(string file, string text)
    {
        var target = System.IO.Path.Combine(Path, file);
        var folder = System.IO.Path.GetDirectoryName(target)!;
        Directory.CreateDirectory(folder);
        var unfinished = System.IO.Path.Combine(folder, $".{System.IO.Path.GetFileName(target)}.new");
        File.WriteAllText(unfinished, text);
        File.Move(unfinished, target, overwrite: true);
    }

    public void Delete(string file) => File.Delete(System.IO.Path.Combine(Path, file));
}
