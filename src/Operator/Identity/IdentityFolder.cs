using Mesh.Api.Identity;

namespace Mesh.Operator.Identity;

/// <summary>The part of a standalone operator's state folder that its identities are in. Only its owner may look into it.</summary>
internal sealed class IdentityFolder(string state)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Everybody = OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private readonly string _path = Path.Combine(state, IdentityFiles.Folder);

    public string PathOf(string file) => Path.Combine(_path, file);

    /// <returns>Null where there is no such file.</returns>
    public string? Read(string file)
    {
        try
        {
            return File.ReadAllText(PathOf(file));
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Writes a file whole: whoever reads it meanwhile has the one before.</summary>
    public void Write(string file, string text, bool isSecret)
    {
        Directory.CreateDirectory(_path, OwnerOnly | UnixFileMode.UserExecute);
        var unfinished = PathOf($".{file}.new");
        File.Delete(unfinished);
        using (var writer = new StreamWriter(unfinished, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = isSecret ? OwnerOnly : Everybody,
        }))
        {
            writer.Write(text);
        }
        File.Move(unfinished, PathOf(file), overwrite: true);
    }
}
