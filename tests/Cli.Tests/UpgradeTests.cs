using Mesh.Cli.Cluster;

namespace Mesh.Cli.Tests;

public sealed class UpgradeTests
{
    private readonly FakeCluster _cluster = HealthyMesh.Create();

    [Fact]
    public void SidecarsOfTheOperatorsVersion_AreNoneToUpgrade() => Golden.Matches("upgrade-none", Run.MeshctlOn(_cluster, "upgrade"));

    [Theory]
    [InlineData("table")]
    [InlineData("json")]
    [InlineData("yaml")]
    public void OlderSidecars_AreListedByWorkload(string format)
    {
        Age();
        Golden.Matches($"upgrade-{format}", Run.MeshctlOn(_cluster, "upgrade", "-o", format));
    }

    [Fact]
    public void Restart_IsOneWorkloadAfterTheOther()
    {
        Age();

        var run = Run.MeshctlOn(_cluster, "upgrade", "--restart");

        Assert.Equal(["shop deployment/catalog", "shop statefulset/orders"], _cluster.Restarted);
        Assert.Contains("left as it is: pod/bare in shop", run.Output, StringComparison.Ordinal);
        Assert.Equal(1, run.ExitCode);
    }

    [Fact]
    public void ImageOfMeshConfig_IsTheOneExpected()
    {
        _cluster.Add("{kind: MeshConfig, metadata: {name: default}, spec: {proxy: {image: \"registry.example/proxy:2\"}}}");
        Assert.Contains("registry.example/proxy:2", Run.MeshctlOn(_cluster, "upgrade").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void PodThatChoseItsImage_IsAsItWantsToBe()
    {
        _cluster["pod", "orders-0"]["spec"]!["initContainers"]![0]!["image"] = "mesh/proxy:0.0.9";
        _cluster["pod", "orders-0"]["metadata"]!["annotations"] = new System.Text.Json.Nodes.JsonObject { ["mesh.io/proxy-image"] = "mesh/proxy:0.0.9" };
        Assert.Equal(0, Run.MeshctlOn(_cluster, "upgrade").ExitCode);
    }

    [Fact]
    public void PodThatIsBeingTakenAway_IsNoneToUpgrade()
    {
        _cluster["pod", "orders-0"]["spec"]!["initContainers"]![0]!["image"] = "mesh/proxy:0.0.9";
        Assert.Equal(1, Run.MeshctlOn(_cluster, "upgrade").ExitCode);
        _cluster["pod", "orders-0"]["metadata"]!["deletionTimestamp"] = "2026-01-01T00:00:00Z";
        Assert.Equal(0, Run.MeshctlOn(_cluster, "upgrade").ExitCode);
    }

    [Fact]
    public void NoOperator_IsTheClustersFault()
    {
        _cluster.Remove("deployment", "mesh-operator");
        var run = Run.MeshctlOn(_cluster, "upgrade");
        Assert.Equal(3, run.ExitCode);
        Assert.Contains("found no Deployment mesh-system/mesh-operator", run.Error, StringComparison.Ordinal);
    }

    private void Age()
    {
        foreach (var pod in _cluster.List("pods").Where(Sidecars.IsMeshed)) pod["spec"]!["initContainers"]![0]!["image"] = "mesh/proxy:0.0.9";
        _cluster.Add("""
            {kind: Pod, metadata: {name: bare, namespace: shop}, spec: {initContainers: [{name: mesh-proxy, image: "mesh/proxy:0.0.9"}], containers: [{name: app}]}, status: {phase: Running}}
            """);
    }
}
