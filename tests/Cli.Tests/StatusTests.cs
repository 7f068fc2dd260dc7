using System.Text.Json.Nodes;

namespace Mesh.Cli.Tests;

public sealed class StatusTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("meshctl-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Table_ShowsConditionsAndWhatIsWrong() => Golden.Matches("status-table", Run.Meshctl("status", "--state", "state"));

    [Fact]
    public void Json_IsAListOfTheObjects() => Golden.Matches("status-json", Run.Meshctl("status", "--state", "state", "-o", "json"));

    [Fact]
    public void Yaml_IsTheObjectsOneByOne() => Golden.Matches("status-yaml", Run.Meshctl("status", "--state", "state", "-o", "yaml"));

    [Fact]
    public void ManifestErrors_StandBeneathTheTable() => Golden.Matches("status-errors-table", Run.Meshctl("status", "--state", "state-errors"));

    [Theory]
    [InlineData("json")]
    [InlineData("yaml")]
    public void ManifestErrors_AreKeptOutOfWhatProgramsRead(string format) =>
        Golden.Matches($"status-errors-{format}", Run.Meshctl("status", "--state", "state-errors", "-o", format));

    [Fact]
    public void DirectoryWithoutStatus_IsWrongUsage() => Golden.Matches("status-missing", Run.Meshctl("status", "--state", "shop"));

    [Fact]
    public void NoResources_IsSaid()
    {
        Directory.CreateDirectory(Path.Combine(_directory, "status"));

        Assert.Equal("No resources found.\n", Run.Meshctl("status", "--state", _directory).Output);
        Assert.Empty(JsonNode.Parse(Run.Meshctl("status", "--state", _directory, "-o", "json").Output)!["items"]!.AsArray());
    }

    [Fact]
    public void FileThatIsNoYaml_IsNamed()
    {
        var status = Directory.CreateDirectory(Path.Combine(_directory, "status"));
        File.WriteAllText(Path.Combine(status.FullName, "TrafficPolicy.a.b.yaml"), "a: [");

        var run = Run.Meshctl("status", "--state", _directory);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("TrafficPolicy.a.b.yaml: line ", run.Error, StringComparison.Ordinal);
    }
}
