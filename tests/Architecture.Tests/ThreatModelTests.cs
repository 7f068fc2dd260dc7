using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Mesh.Architecture.Tests;

/// <summary>docs/security.md says of each defence where it is tested.</summary>
public sealed partial class ThreatModelTests
{
    [Fact]
    public void EveryDefenceAndAttack_NamesATestThatExists()
    {
        var root = Path.GetFullPath(Path.Combine(SourceFolder(), "../.."));
        var classes = Directory.EnumerateFiles(Path.Combine(root, "tests"), "*.cs", SearchOption.AllDirectories).ToLookup(file => Path.GetFileNameWithoutExtension(file)!, StringComparer.Ordinal);
        var rows = Row().Matches(File.ReadAllText(Path.Combine(root, "docs", "security.md")));

        Assert.NotEmpty(rows);
        Assert.All(rows, row =>
        {
            var tests = Name().Matches(row.Groups[2].Value);
            Assert.NotEmpty(tests);
            Assert.All(tests, test => Assert.True(
                classes[test.Groups[1].Value].Any(file => !test.Groups[2].Success || File.ReadAllText(file).Contains($" {test.Groups[2].Value}(", StringComparison.Ordinal)),
                $"{row.Groups[1].Value}: there is no {test.Value}"));
        });
    }

    private static string SourceFolder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;

    // Of the tables with three columns, whose last one names classes, or tests of theirs.
    [GeneratedRegex(@"^\| ([^|]+) \| [^|]+ \| (`[^|]+) \|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"`([A-Za-z0-9]+)(?:\.([A-Za-z0-9_]+))?`")]
    private static partial Regex Name();
}
