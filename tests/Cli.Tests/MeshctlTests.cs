namespace Mesh.Cli.Tests;

public sealed class MeshctlTests
{
    [Fact]
    public void Help_NamesEveryCommand() => Golden.Matches("help", Run.Meshctl("--help"));

    [Fact]
    public void NoCommand_IsWrongUsage() => Assert.Equal(2, Run.Meshctl().ExitCode);

    [Fact]
    public void Version_IsPrinted() => Assert.Matches(@"^meshctl \d+\.\d+\.\d+", Run.Meshctl("version").Output);
}
