using Mesh.KubeApi.Clusters;

namespace Mesh.Operator.Tests.InCluster;

/// <summary>What users install: <c>kubectl apply -k config</c>.</summary>
public sealed class InstallationTests(ClusterFixture cluster) : IClassFixture<ClusterFixture>
{
    [Fact]
    public async Task Configuration_IsApplied_AndAgainWithoutAChange()
    {
        // Elsewhere it would install the mesh into a cluster that others share.
        _ = cluster.StandIn;

        var first = (await cluster.Kubectl.RunAsync("apply", "-k", OperatorFixture.ConfigFolder)).Succeeded();
        var second = (await cluster.Kubectl.RunAsync("apply", "-k", OperatorFixture.ConfigFolder)).Succeeded();

        Assert.Contains("deployment.apps/mesh-operator created", first, StringComparison.Ordinal);
        Assert.Contains("customresourcedefinition.apiextensions.k8s.io/trafficpolicies.mesh.io created", first, StringComparison.Ordinal);
        Assert.All(second.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.EndsWith(" unchanged", line, StringComparison.Ordinal));
    }
}
