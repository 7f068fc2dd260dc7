using Mesh.Operator.Sources;

namespace Mesh.Operator.Tests.Sources;

public sealed class ManifestFoldersTests : IDisposable
{
    private const string Namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n";

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Nothing_ChangesWithoutAChange()
    {
        _folder.Write("a.yaml", Namespace);
        var folders = new ManifestFolders([_folder.Path]);

        Assert.True(folders.Scan(readAll: true));
        Assert.False(folders.Scan(readAll: false));
        Assert.False(folders.Scan(readAll: true));
    }

    [Fact]
    public void EmptyFile_IsBelievedAtTheSecondLook()
    {
        _folder.Write("a.yaml", Namespace);
        var folders = new ManifestFolders([_folder.Path]);
        folders.Scan(readAll: true);

        _folder.Write("a.yaml", "");

        Assert.False(folders.Scan(readAll: true));
        Assert.True(folders.IsUnsettled);
        Assert.Single(folders.Files.Single().LastGood);
        Assert.True(folders.Scan(readAll: false));
        Assert.False(folders.IsUnsettled);
        Assert.Empty(folders.Files.Single().LastGood);
    }

    [Fact]
    public void FileBeingWritten_LosesNothing()
    {
        _folder.Write("a.yaml", Namespace);
        var folders = new ManifestFolders([_folder.Path]);
        folders.Scan(readAll: true);

        _folder.Write("a.yaml", "");
        folders.Scan(readAll: true);
        _folder.Write("a.yaml", Namespace);
        folders.Scan(readAll: false);

        Assert.Single(folders.Files.Single().LastGood);
        Assert.False(folders.IsUnsettled);
    }

    [Fact]
    public void MountedConfigMap_IsReadOnceAndFollowed()
    {
        _folder.Write("..first/a.yaml", Namespace);
        _folder.Write("..second/a.yaml", Namespace.Replace("shop", "other-shop", StringComparison.Ordinal));
        _folder.Write(".git/a.yaml", Namespace);
        Directory.CreateSymbolicLink(_folder.File("..data"), "..first");
        File.CreateSymbolicLink(_folder.File("a.yaml"), "..data/a.yaml");
        var folders = new ManifestFolders([_folder.Path]);
        folders.Scan(readAll: true);
        Assert.Equal(_folder.File("a.yaml"), Assert.Single(folders.Files).Path);

        Directory.Delete(_folder.File("..data"));
        Directory.CreateSymbolicLink(_folder.File("..data"), "..second");

        Assert.True(folders.Scan(readAll: false));
        Assert.Equal("other-shop", Assert.Single(Assert.Single(folders.Files).LastGood).Key.Name);
    }

    public void Dispose() => _folder.Dispose();
}
