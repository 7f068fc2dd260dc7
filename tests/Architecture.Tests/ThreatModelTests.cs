using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Mesh.Architecture.Tests;

/// <summary>docs/security.md says of each defence where it is tested.</summary>
public sealed partial class ThreatModelTests
{
    [Fact]
    public void EveryDefence_NamesATestThatExists()
    {
        var root = Path.GetFullPath(Path.Combine(SourceFolder(), "../.."));
        var classes = Directory.EnumerateFiles(Path.Combine(root, "tests"), "*.cs", SearchOption.AllDirectories).Select(Path.GetFileNameWithoutExtension).ToHashSet(StringComparer.Ordinal);
        var rows = Row().Matches(File.ReadAllText(Path.Combine(root, "docs", "security.md"))).Select(row => (Threat: row.Groups[1].Value, Tests: Name().Matches(row.Groups[2].Value).Select(name => name.Groups[1].Value).ToList())).ToList();

        Assert.NotEmpty(rows);
        Assert.All(rows, row =>
        {
            Assert.NotEmpty(row.Tests);
            Assert.All(row.Tests, test => Assert.True(classes.Contains(test), $"{row.Threat}: there is no {test}"));
        });
    }

    private static string SourceFolder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;

    // Of the table with three columns, whose last one names classes.
    [GeneratedRegex(@"^\| ([^|]+) \| [^|]+ \| (`[^|]+) \|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("`([A-Za-z0-9]+)`")]
    private static partial Regex Name();
}
