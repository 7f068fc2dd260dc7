using System.Text.RegularExpressions;
using Mesh.Cli.Cluster;

namespace Mesh.Cli.Tests;

/// <summary>What the docs tell people to type is what meshctl takes.</summary>
public sealed partial class DocumentationTests
{
    [Theory]
    [InlineData("docs/operations.md")]
    [InlineData("docs/reference/meshctl.md")]
    [InlineData("docs/identity.md")]
    [InlineData("charts/mesh/README.md")]
    public void Commands_AreUnderstood(string file)
    {
        var text = File.ReadAllText(Path.Combine(Repository.Root, file));
        var commands = CodeLine().Matches(text).Select(match => match.Groups["arguments"].Value).ToList();

        var wrong = commands.SelectMany(command => Meshctl.Create(TextReader.Null, new Surroundings()).Parse(command).Errors.Select(error => $"meshctl {command}: {error.Message}"));

        Assert.Empty(wrong);
    }

    // In a console block, or within backticks; up to a comment, a pipe or the end.
    [GeneratedRegex(@"(?:^(?:\$ )?|\| )meshctl (?<arguments>[^#|`\n)]*[^#|`\s)])", RegexOptions.Multiline)]
    private static partial Regex CodeLine();
}
