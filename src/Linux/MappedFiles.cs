using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Mesh.Linux;

/// <summary>The files that this process has mapped to run and read: itself and its libraries.</summary>
public static partial class MappedFiles
{
    private const string Mappings = "/proc/self/smaps";
    private const int DontNeed = 4; // MADV_DONTNEED, madvise(2)

    /// <summary>Takes their pages out of this process. One that is used again comes from the page cache, at the price of a fault.</summary>
    /// <param name="obstacle">Where it returns false: why they can't be told, and stay.</param>
    public static bool TryGiveBack([NotNullWhen(false)] out string? obstacle)
    {
        obstacle = null;
        try
        {
            foreach (var (start, end) in Unchanged(File.ReadLines(Mappings))) _ = Advise(start, end - start, DontNeed);
        }
        // A process with capabilities from its file may not look at itself: proc_pid_smaps(5) asks as ptrace(2) does.
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            obstacle = failure.Message;
        }
        return obstacle is null;
    }

    /// <summary>
    /// Those that may be read or run but not written, and hold no page that was written before that (Anonymous is 0): a page that
    /// was, such as one with relocated addresses, would come back as the file has it. What others write to a file that is shared, it has.
    /// </summary>
    /// <param name="lines">As proc_pid_smaps(5) has them: for each mapping a line that names it, then fields.</param>
    public static IEnumerable<(nuint Start, nuint End)> Unchanged(IEnumerable<string> lines)
    {
        (nuint, nuint)? mapping = null;
        foreach (var line in lines)
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (!words[0].EndsWith(':')) mapping = FileOf(words);
            else if (words is ["Anonymous:", "0", ..] && mapping is { } unchanged) yield return unchanged;
        }
    }

    // start-end, permissions, offset, device, inode, name
    private static (nuint Start, nuint End)? FileOf(string[] words)
    {
        const int Inode = 4;
        if (words.Length <= Inode + 1 || words[1] is not ("r-xp" or "r--p" or "r--s") || words[Inode] is "0") return null;
        var bounds = words[0].Split('-');
        return (nuint.Parse(bounds[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture), nuint.Parse(bounds[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture));
    }

    [LibraryImport("libc", EntryPoint = "madvise", SetLastError = true)]
    private static partial int Advise(nuint start, nuint length, int advice);
}
