namespace Mesh.Cli.Tests;

public sealed class MeshctlTests
{
    [Fact]
    public void Help_NamesEveryCommand() => Golden.Matches("help", Run.Meshctl("--help"));

    [Fact]
    public void NoCommand_IsWrongUsage() => Assert.Equal(2, Run.Meshctl().ExitCode);

    [Fact]
    public void VersionOfTheClient_NeedsNoCluster() => Assert.Matches(@"^meshctl \d+\.\d+\.\d+(\+[0-9a-f]+)?\n$", Run.Meshctl("version", "--client").Output);

    [Theory]
    [InlineData("table")]
    [InlineData("json")]
    [InlineData("yaml")]
    public void Versions_AreTheOperatorsAndTheSidecars(string format)
    {
        var cluster = HealthyMesh.Create();
        cluster["pod", "orders-0"]["spec"]!["initContainers"]![0]!["image"] = "registry.example:5000/mesh/proxy@sha256:0123";
        Golden.Matches($"version-{format}", Run.MeshctlOn(cluster, "version", "-o", format));
    }

    [Fact]
    public void VersionsWithoutAMesh_AreTheClients() => Golden.Matches("version-no-mesh", Run.MeshctlOn(new FakeCluster(), "version"));

    [Fact]
    public void VersionsOfAClusterThatIsAway_AreTheClients_AndAnError()
    {
        var cluster = new FakeCluster();
        cluster.Forbidden.Add("deployment");
        Golden.Matches("version-no-cluster", Run.MeshctlOn(cluster, "version"));
    }

    [Fact]
    public void ClusterThatIsAway_IsOneLine()
    {
        var kubeconfig = Path.GetTempFileName();
        // Nobody listens at port 1.
        File.WriteAllText(kubeconfig, """
            {apiVersion: v1, kind: Config, current-context: a, contexts: [{name: a, context: {cluster: a, user: a}}], users: [{name: a}],
             clusters: [{name: a, cluster: {server: "http://127.0.0.1:1"}}]}
            """);

        var run = Run.Meshctl("version", "--kubeconfig", kubeconfig);

        File.Delete(kubeconfig);
        Assert.Matches("^error: kubectl get deployment mesh-operator [^\n]*127.0.0.1:1[^\n]*\n$", run.Error);
        Assert.Equal(3, run.ExitCode);
    }
}
