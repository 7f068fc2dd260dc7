using k8s;
using k8s.Models;
using Mesh.KubeApi.Clusters;

namespace Mesh.KubeApi.Tests;

/// <summary>What users type, typed by the real kubectl.</summary>
public sealed class KubectlTests(ClusterFixture cluster) : ClusterTest(cluster)
{
    private const string Deployment = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: catalog}
        spec:
          selector: {matchLabels: {app: catalog}}
          template:
            metadata: {labels: {app: catalog}}
            spec:
              containers:
              - name: catalog
                image: catalog:1
                ports: [{containerPort: 8080}]
                env: [{name: A, value: a}, {name: B, value: b}]
              - {name: logs, image: "logs:1"}
        """;

    [Fact]
    public async Task Version_AndApiResources_AreServed()
    {
        Assert.Contains("Server Version: v1.", await RunAsync("version"), StringComparison.Ordinal);
        Assert.Contains("poddisruptionbudgets", await RunAsync("api-resources"), StringComparison.Ordinal);
        Assert.Contains("container", await RunAsync("explain", "pods.spec"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_ByGenerators_IsUnderstood()
    {
        var space = ClusterFixture.UniqueNamespace();
        Assert.Contains("created", await RunAsync("create", "namespace", space), StringComparison.Ordinal);
        await RunAsync("create", "configmap", "c", "-n", space, "--from-literal=key=value");
        await RunAsync("create", "secret", "generic", "s", "-n", space, "--from-literal=key=value");
        await RunAsync("create", "serviceaccount", "a", "-n", space);
        await RunAsync("create", "service", "clusterip", "v", "-n", space, "--tcp=80:8080");
        await RunAsync("create", "deployment", "d", "-n", space, "--image=nginx", "--replicas=3");

        Assert.Equal("value", (await Client.CoreV1.ReadNamespacedConfigMapAsync("c", space, cancellationToken: Cancellation)).Data["key"]);
        Assert.Equal("value"u8.ToArray(), (await Client.CoreV1.ReadNamespacedSecretAsync("s", space, cancellationToken: Cancellation)).Data["key"]);
        var service = await Client.CoreV1.ReadNamespacedServiceAsync("v", space, cancellationToken: Cancellation);
        Assert.Equal((80, "8080"), (service.Spec.Ports.Single().Port, service.Spec.Ports.Single().TargetPort.Value));
        Assert.NotEmpty(service.Spec.ClusterIP);
        var deployment = await Client.AppsV1.ReadNamespacedDeploymentAsync("d", space, cancellationToken: Cancellation);
        Assert.Equal((3, "nginx"), (deployment.Spec.Replicas, deployment.Spec.Template.Spec.Containers.Single().Image));
        await RunAsync("delete", "namespace", space, "--wait=false");
    }

    [Fact]
    public async Task Apply_OfAnUnchangedFile_ChangesNothing()
    {
        var space = await CreateNamespaceAsync();
        Assert.Contains("deployment.apps/catalog created", await ApplyAsync(space, Deployment), StringComparison.Ordinal);
        Assert.Contains("deployment.apps/catalog unchanged", await ApplyAsync(space, Deployment), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Apply_OfAChangedFile_MergesListsByKey()
    {
        var space = await CreateNamespaceAsync();
        await ApplyAsync(space, Deployment);
        var before = await Client.AppsV1.ReadNamespacedDeploymentAsync("catalog", space, cancellationToken: Cancellation);
        await RunAsync("set", "env", "deployment/catalog", "-n", space, "-c", "catalog", "C=c");

        await ApplyAsync(space, Deployment.Replace("value: b", "value: changed", StringComparison.Ordinal).Replace("      - {name: logs, image: \"logs:1\"}\n", "", StringComparison.Ordinal).Replace("- {name: logs, image: \"logs:1\"}", "", StringComparison.Ordinal));

        var after = await Client.AppsV1.ReadNamespacedDeploymentAsync("catalog", space, cancellationToken: Cancellation);
        var container = after.Spec.Template.Spec.Containers.Single();
        Assert.Equal([("A", "a"), ("B", "changed"), ("C", "c")], container.Env.Select(variable => (variable.Name, variable.Value)));
        Assert.Equal(8080, container.Ports.Single().ContainerPort);
        Assert.True(after.Generation() > before.Generation());
        Assert.Equal(before.Uid(), after.Uid());
    }

    [Fact]
    public async Task Apply_OfAnUnknownField_IsRefusedWithItsPath()
    {
        var space = await CreateNamespaceAsync();
        var result = await Cluster.Kubectl.RunWithInputAsync(Deployment.Replace("  selector:", "  replcas: 2\n  selector:", StringComparison.Ordinal), "apply", "-n", space, "-f", "-");
        Assert.Contains("unknown field \"spec.replcas\"", result.Failed(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Apply_WithDryRun_StoresNothing()
    {
        var space = await CreateNamespaceAsync();
        var result = await Cluster.Kubectl.RunWithInputAsync(Deployment, "apply", "-n", space, "--dry-run=server", "-f", "-");
        Assert.Contains("created (server dry run)", result.Succeeded(), StringComparison.Ordinal);
        Assert.Contains("NotFound", (await Cluster.Kubectl.RunAsync("get", "deployment", "catalog", "-n", space)).Failed(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_ShowsColumns_AndFollowsChanges()
    {
        var space = await CreateNamespaceAsync();
        await RunAsync("run", "web", "-n", space, "--image=nginx", "--labels=app=web");
        await RunAsync("expose", "pod", "web", "-n", space, "--port=80");

        Assert.Matches("NAME +READY +STATUS +RESTARTS +AGE\nweb +0/1 +Pending", await RunAsync("get", "pods", "-n", space));
        Assert.Matches(@"web +ClusterIP +10\.\d+\.\d+\.\d+ +<none> +80/TCP", await RunAsync("get", "service", "web", "-n", space));
        Assert.Contains("clusterIP: 10.", await RunAsync("get", "service", "web", "-n", space, "-o", "yaml"), StringComparison.Ordinal);
        Assert.Contains("app=web", await RunAsync("describe", "service", "web", "-n", space), StringComparison.Ordinal);
        Assert.Contains("pod/web", await RunAsync("get", "all", "-n", space), StringComparison.Ordinal);

        await using var lines = Cluster.Kubectl.FollowAsync(["get", "pods", "-n", space, "-w", "-o", "name"], Cancellation).GetAsyncEnumerator(Cancellation);
        Assert.True(await lines.MoveNextAsync());
        Assert.Equal("pod/web", lines.Current);
        await RunAsync("run", "later", "-n", space, "--image=nginx");
        Assert.True(await lines.MoveNextAsync());
        Assert.Equal("pod/later", lines.Current);
    }

    [Fact]
    public async Task LabelAnnotateAndPatch_OfEveryKind_Change()
    {
        var space = await CreateNamespaceAsync();
        await RunAsync("run", "web", "-n", space, "--image=nginx");
        await RunAsync("label", "pod", "web", "-n", space, "tier=front");
        await RunAsync("annotate", "pod", "web", "-n", space, "note=kept");
        await RunAsync("patch", "pod", "web", "-n", space, "-p", """{"spec":{"containers":[{"name":"web","image":"nginx:2"}]}}""");
        await RunAsync("patch", "pod", "web", "-n", space, "--type=merge", "-p", """{"metadata":{"labels":{"run":null,"merged":"yes"}}}""");
        await RunAsync("patch", "pod", "web", "-n", space, "--type=json", "-p", """[{"op":"test","path":"/metadata/labels/tier","value":"front"},{"op":"copy","from":"/metadata/labels/tier","path":"/metadata/labels/copy"}]""");

        var pod = await Client.CoreV1.ReadNamespacedPodAsync("web", space, cancellationToken: Cancellation);
        Assert.Equal(["copy=front", "merged=yes", "tier=front"], pod.Labels().Select(label => $"{label.Key}={label.Value}").Order());
        Assert.Equal("kept", pod.GetAnnotation("note"));
        Assert.Equal(("web", "nginx:2"), (pod.Spec.Containers.Single().Name, pod.Spec.Containers.Single().Image));
        Assert.Contains("web", await RunAsync("get", "pods", "-n", space, "-l", "tier in (front,back),!run"), StringComparison.Ordinal);
        Assert.Contains("No resources", (await Cluster.Kubectl.RunAsync("get", "pods", "-n", space, "--field-selector=metadata.name!=web")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Patch_WhoseTestFails_IsRefused()
    {
        var space = await CreateNamespaceAsync();
        await RunAsync("run", "web", "-n", space, "--image=nginx");
        var result = await Cluster.Kubectl.RunAsync("patch", "pod", "web", "-n", space, "--type=json", "-p", """[{"op":"test","path":"/metadata/name","value":"other"}]""");
        Assert.NotEmpty(result.Failed());
    }

    [Fact]
    public async Task Replace_OfAStaleObject_Conflicts()
    {
        var space = await CreateNamespaceAsync();
        await RunAsync("run", "web", "-n", space, "--image=nginx");
        var stale = await RunAsync("get", "pod", "web", "-n", space, "-o", "yaml");
        await RunAsync("label", "pod", "web", "-n", space, "tier=front");

        var result = await Cluster.Kubectl.RunWithInputAsync(stale, "replace", "-f", "-");

        Assert.Contains("the object has been modified", result.Failed(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Delete_WaitsForFinalizers()
    {
        var space = await CreateNamespaceAsync();
        await Client.CoreV1.CreateNamespacedConfigMapAsync(new() { Metadata = new() { Name = "held", Finalizers = ["mesh.io/test"] } }, space, cancellationToken: Cancellation);

        await RunAsync("delete", "configmap", "held", "-n", space, "--wait=false");
        Assert.NotNull((await Client.CoreV1.ReadNamespacedConfigMapAsync("held", space, cancellationToken: Cancellation)).DeletionTimestamp());

        await RunAsync("patch", "configmap", "held", "-n", space, "--type=merge", "-p", """{"metadata":{"finalizers":null}}""");
        Assert.Contains("NotFound", (await Cluster.Kubectl.RunAsync("get", "configmap", "held", "-n", space)).Failed(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Delete_OfANamespace_DeletesWhatItHolds()
    {
        Assert.SkipUnless(Cluster.Cluster.EmptiesNamespaces, $"needs a namespace controller; this runs against {Cluster.Cluster.Description}");
        var space = await CreateNamespaceAsync();
        await RunAsync("run", "web", "-n", space, "--image=nginx");
        await RunAsync("delete", "namespace", space);
        Assert.Contains("No resources", (await Cluster.Kubectl.RunAsync("get", "pods", "-n", space)).Error, StringComparison.Ordinal);
    }

    private async Task<string> RunAsync(params string[] arguments) => (await Cluster.Kubectl.RunAsync(arguments)).Succeeded();

    private async Task<string> ApplyAsync(string space, string manifest) =>
        (await Cluster.Kubectl.RunWithInputAsync(manifest, "apply", "-n", space, "-f", "-")).Succeeded();
}
