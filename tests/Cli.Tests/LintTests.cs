using System.Text.Json.Nodes;

namespace Mesh.Cli.Tests;

public sealed class LintTests
{
    [Fact]
    public void CleanDirectory_HasNoFindings() => Golden.Matches("lint-clean", Run.Meshctl("lint", "shop"));

    [Fact]
    public void BadDirectory_TellsEveryError() => Golden.Matches("lint-bad", Run.Meshctl("lint", "bad", "shop"));

    [Fact]
    public void BadDirectory_TellsEveryErrorAsJson() => Golden.Matches("lint-bad-json", Run.Meshctl("lint", "-o", "json", "bad", "shop"));

    [Fact]
    public void RepeatedPath_WarnsOfObjectsInTwoFiles() =>
        Golden.Matches("lint-repeated", Run.Meshctl("lint", "shop", "shop/policies.yml"));

    [Fact]
    public void MissingPath_IsWrongUsage() => Golden.Matches("lint-missing", Run.Meshctl("lint", "nowhere"));

    [Fact]
    public void NoPath_IsWrongUsage() => Golden.Matches("lint-no-path", Run.Meshctl("lint"));

    [Fact]
    public void UnknownFormat_IsWrongUsage() => Golden.Matches("lint-unknown-format", Run.Meshctl("lint", "-o", "xml", "shop"));

    [Fact]
    public void StandardInput_IsRead()
    {
        var run = Run.MeshctlWithInput("apiVersion: v1\nkind: Namespace\nmetadata: {nam: shop}\n", "lint", "-", "-o", "json");

        Assert.Equal(1, run.ExitCode);
        var finding = JsonNode.Parse(run.Output)!["findings"]![0]!;
        Assert.Equal("<stdin>", (string?)finding["file"]);
        Assert.Equal(3, (int?)finding["line"]);
    }

    [Fact]
    public void UnresolvedTarget_IsNoError() => Assert.Equal(0, Run.Meshctl("lint", "shop/policies.yml").ExitCode);

    [Theory]
    [InlineData("config/samples")]
    [InlineData("config/crds")]
    [InlineData("samples/shop/mesh")]
    public void ManifestsOfThisRepository_HaveNoError(string directory)
    {
        var run = Run.Meshctl("lint", Path.Combine(Repository.Root, directory));

        Assert.True(run.ExitCode == 0, run.Output + run.Error);
    }
}
