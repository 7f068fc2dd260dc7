using k8s;
using k8s.Models;
using Mesh.KubeApi.Clusters;

namespace Mesh.KubeApi.Tests;

public sealed class ServerSideApplyTests(ClusterFixture cluster) : ClusterTest(cluster)
{
    private const string Both = """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: shared}
        data: {one: "1", two: "2"}
        """;

    private const string OnlyOne = """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: shared}
        data: {one: "1"}
        """;

    [Fact]
    public async Task Apply_RemovesWhatItsManagerLeavesOut_AndNothingElse()
    {
        var space = await CreateNamespaceAsync();
        await ApplyAsync(space, "first", Both);
        await Cluster.Kubectl.RunAsync("patch", "configmap", "shared", "-n", space, "--type=merge", "-p", """{"data":{"three":"3"}}""");

        await ApplyAsync(space, "first", OnlyOne);

        Assert.Equal(["one", "three"], (await ReadAsync(space)).Data.Keys.Order());
    }

    [Fact]
    public async Task Apply_KeepsAFieldThatAnotherManagerAppliesToo()
    {
        var space = await CreateNamespaceAsync();
        await ApplyAsync(space, "first", Both);
        await ApplyAsync(space, "second", Both);

        await ApplyAsync(space, "first", OnlyOne);

        Assert.Equal(["one", "two"], (await ReadAsync(space)).Data.Keys.Order());
    }

    [Fact]
    public async Task Apply_OverAnotherManagersField_ConflictsUnlessForced()
    {
        var space = await CreateNamespaceAsync();
        await ApplyAsync(space, "first", Both);
        var changed = Both.Replace("\"2\"", "\"changed\"", StringComparison.Ordinal);

        var refused = await Cluster.Kubectl.RunWithInputAsync(changed, "apply", "--server-side", "--field-manager=second", "-n", space, "-f", "-");
        Assert.Contains("conflict with \"first\"", refused.Failed(), StringComparison.Ordinal);
        Assert.Contains(".data.two", refused.Error, StringComparison.Ordinal);

        await Cluster.Kubectl.RunWithInputAsync(changed, "apply", "--server-side", "--force-conflicts", "--field-manager=second", "-n", space, "-f", "-");
        var map = await ReadAsync(space);
        Assert.Equal("changed", map.Data["two"]);
        Assert.Equal(["first", "second"], map.Metadata.ManagedFields.Select(entry => entry.Manager).Order());
    }

    [Fact]
    public async Task Apply_OfTheSame_ChangesNothing()
    {
        var space = await CreateNamespaceAsync();
        await ApplyAsync(space, "first", Both);
        var before = await ReadAsync(space);
        await ApplyAsync(space, "first", Both);
        Assert.Equal(before.ResourceVersion(), (await ReadAsync(space)).ResourceVersion());
    }

    [Fact]
    public async Task Apply_TakesOverFromClientSideApply()
    {
        var space = await CreateNamespaceAsync();
        (await Cluster.Kubectl.RunWithInputAsync(Both, "apply", "-n", space, "-f", "-")).Succeeded();
        await ApplyAsync(space, "kubectl", OnlyOne);
        Assert.Equal(["one"], (await ReadAsync(space)).Data.Keys);
    }

    [Fact]
    public async Task Apply_MergesContainersByName()
    {
        var space = await CreateNamespaceAsync();
        const string Pod = """
            apiVersion: v1
            kind: Pod
            metadata: {name: web}
            spec:
              containers:
              - {name: web, image: "web:1", ports: [{containerPort: 80}]}
            """;
        (await Cluster.Kubectl.RunWithInputAsync(Pod, "apply", "--server-side", "--field-manager=first", "-n", space, "-f", "-")).Succeeded();
        (await Cluster.Kubectl.RunWithInputAsync(Pod.Replace("web:1", "web:2", StringComparison.Ordinal), "apply", "--server-side", "--field-manager=first", "-n", space, "-f", "-")).Succeeded();

        var container = (await Client.CoreV1.ReadNamespacedPodAsync("web", space, cancellationToken: Cancellation)).Spec.Containers.Single();
        Assert.Equal(("web:2", 80), (container.Image, container.Ports.Single().ContainerPort));
    }

    private async Task ApplyAsync(string space, string manager, string manifest) =>
        (await Cluster.Kubectl.RunWithInputAsync(manifest, "apply", "--server-side", $"--field-manager={manager}", "-n", space, "-f", "-")).Succeeded();

    private Task<V1ConfigMap> ReadAsync(string space) => Client.CoreV1.ReadNamespacedConfigMapAsync("shared", space, cancellationToken: Cancellation);
}
