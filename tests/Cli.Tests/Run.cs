using System.CommandLine;
using Mesh.Cli.Cluster;

namespace Mesh.Cli.Tests;

/// <summary>One run of meshctl in Fixtures/, so that no output depends on where the repository lies.</summary>
internal sealed record Run(IReadOnlyList<string> Arguments, int ExitCode, string Output, string Error)
{
    static Run() => Directory.SetCurrentDirectory(Path.Combine(Repository.Tests, "Fixtures"));

    public static Run Meshctl(params string[] arguments) => MeshctlWithInput("", arguments);

    public static Run MeshctlWithInput(string input, params string[] arguments) => Meshctl(new(), input, arguments);

    /// <summary>With a cluster in memory, and its time.</summary>
    public static Run MeshctlOn(FakeCluster cluster, params string[] arguments) => Meshctl(Around(cluster), "", arguments);

    public static Surroundings Around(FakeCluster cluster) => new()
    {
        OpenCluster = (_, _) => cluster,
        Time = new FixedTime(HealthyMesh.Now),
        Version = HealthyMesh.Version,
        Build = $"{HealthyMesh.Version}+0123abcd",
    };

    public static Run Meshctl(Surroundings surroundings, string input, params string[] arguments)
    {
        using var stdin = new StringReader(input);
        using var stdout = new StringWriter { NewLine = "\n" };
        using var stderr = new StringWriter { NewLine = "\n" };
        var exitCode = Cli.Meshctl.Run(arguments, stdin, stdout, stderr, surroundings);
        return new(arguments, exitCode, stdout.ToString().Replace(RootCommand.ExecutableName, "meshctl", StringComparison.Ordinal), stderr.ToString());
    }

    private sealed class FixedTime(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
