using System.IO.Enumeration;
using Mesh.Api.Resources;

namespace Mesh.Operator.Sources;

/// <summary>The manifest files of some folders, read anew where they changed. Not safe for more than one thread.</summary>
internal sealed class ManifestFolders(IReadOnlyList<string> folders)
{
    private static readonly EnumerationOptions Recursively = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None };

    private SortedDictionary<FileOrder, ManifestFileState> _files = [];

    public IReadOnlyList<string> Folders { get; } = folders;

    /// <summary>What the folders hold, in the order of the folders as given, then of paths.</summary>
    public IReadOnlyCollection<ManifestFileState> Files => _files.Values;

    /// <summary>Why a folder could not be listed; what was last seen in it is kept.</summary>
    public IReadOnlyList<ManifestError> FolderErrors { get; private set; } = [];

    /// <summary>A file that had content is empty now: most often one that is about to be written. Look again soon.</summary>
    public bool IsUnsettled { get; private set; }

    /// <summary>Looks at every file.</summary>
    /// <param name="readAll">Read files though their size and time of change are as before.</param>
    /// <returns>Whether anything is different.</returns>
    public bool Scan(bool readAll)
    {
        var files = new SortedDictionary<FileOrder, ManifestFileState>();
        var errors = new List<ManifestError>();
        var changed = false;
        IsUnsettled = false;
        for (var i = 0; i < Folders.Count; i++)
        {
            try
            {
                foreach (var path in Paths(Folders[i])) changed |= Look(files, new(i, path), readAll);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                errors.Add(new(Folders[i], 1, null, $"the folder can't be read, its last good state is kept: {exception.Message}"));
                foreach (var (order, file) in _files.Where(f => f.Key.Folder == i)) files.TryAdd(order, file);
            }
        }
        changed |= files.Count != _files.Count || !files.Keys.SequenceEqual(_files.Keys) || !errors.SequenceEqual(FolderErrors);
        (_files, FolderErrors) = (files, errors);
        return changed;
    }

    // Hidden folders hold what others keep beside the files: .git, and in a mounted ConfigMap (..data) the same files once more.
    private static FileSystemEnumerable<string> Paths(string folder) =>
        new(folder, static (ref entry) => entry.ToSpecifiedFullPath(), Recursively)
        {
            ShouldRecursePredicate = static (ref entry) => !IsHidden(entry.FileName),
            ShouldIncludePredicate = static (ref entry) => !entry.IsDirectory && !IsHidden(entry.FileName) && Path.GetExtension(entry.FileName) is ".yaml" or ".yml",
        };

    private static bool IsHidden(ReadOnlySpan<char> name) => name.StartsWith('.');

    private bool Look(SortedDictionary<FileOrder, ManifestFileState> files, FileOrder order, bool readAll)
    {
        var known = _files.GetValueOrDefault(order);
        var next = Read(order.Path, known, readAll);
        if (next is null) return false;
        if (next.IsSuspect) IsUnsettled = true;
        files.Add(order, next);
        return !ReferenceEquals(next.LastGood, known?.LastGood) || !ReferenceEquals(next.Errors, known?.Errors);
    }

    /// <returns>Null where the file has gone meanwhile.</returns>
    private static ManifestFileState? Read(string path, ManifestFileState? known, bool readAll)
    {
        try
        {
            var info = new FileInfo(path);
            // Of what a link leads to: the link itself stays the same.
            if (info.LinkTarget is not null) info = info.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? info;
            var stamp = (info.LastWriteTimeUtc, info.Length);
            if (known is { IsSuspect: false } && !readAll && known.Stamp == stamp) return known;
            var text = File.ReadAllText(path);
            if (known is not null && known.Text == text) return known with { Stamp = stamp, IsSuspect = false };
            if (known is { IsSuspect: false, LastGood.Count: > 0 } && string.IsNullOrWhiteSpace(text)) return known with { IsSuspect = true };
            return ManifestFileState.Read(path, text, stamp, known);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return ManifestFileState.Unreadable(path, exception.Message, known);
        }
    }

    private readonly record struct FileOrder(int Folder, string Path) : IComparable<FileOrder>
    {
        public int CompareTo(FileOrder other) =>
            Folder != other.Folder ? Folder.CompareTo(other.Folder) : string.CompareOrdinal(Path, other.Path);
    }
}
