using System.Text;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Mesh.KubeApi.Clusters;

namespace Mesh.Chart.Tests;

/// <summary>The chart's life on a cluster of its own, by the real helm: installed, tested, upgraded, removed.</summary>
public sealed class ReleaseTests : OwnCluster
{
    private const string Policy = """
        apiVersion: mesh.io/v1alpha1
        kind: TrafficPolicy
        metadata: {name: catalog, namespace: shop}
        spec: {targetRefs: [{name: catalog}]}
        """;

    // What a Prometheus operator brings: the chart only needs the kind to be there.
    private const string PodMonitors = """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: podmonitors.monitoring.coreos.com}
        spec:
          group: monitoring.coreos.com
          scope: Namespaced
          names: {kind: PodMonitor, listKind: PodMonitorList, plural: podmonitors, singular: podmonitor}
          versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}]
        """;

    private static string HighAvailability { get; } = Path.Combine(Repository.Chart, "values-ha.yaml");

    [Fact]
    public async Task Install_BringsTheMesh_AndSaysWhatToDoNext()
    {
        var notes = await InstallAsync("--set", "meshConfig.clusterDomain=corp.example");

        Assert.Contains("meshctl check", notes, StringComparison.Ordinal);
        Assert.Contains("kubectl annotate namespace shop mesh.io/inject=true", notes, StringComparison.Ordinal);
        Assert.Equal(1, await ReplicasAsync());
        Assert.Equal("corp.example", (string?)(await GetAsync("meshconfig", "default"))["spec"]!["clusterDomain"]);
        await ApplyPolicyAsync(refused: true);
    }

    [Fact]
    public async Task Install_OfEverything_IsAccepted()
    {
        await ApplyAsync(PodMonitors);

        await InstallAsync("-f", HighAvailability, "--set", "cni.enabled=true,dashboard.enabled=true,podMonitor.enabled=true,autoscaling.enabled=true");

        foreach (var kind in new[] { "hpa", "pdb", "networkpolicy", "podmonitor" }) await GetAsync(kind, "mesh-operator", "-n", Space);
        await GetAsync("podmonitor", "mesh-sidecars", "-n", Space);
        await GetAsync("configmap", "mesh-dashboard", "-n", Space);
        await GetAsync("priorityclass", "mesh-operator");
        await GetAsync("daemonset", "mesh-cni", "-n", "mesh-cni");
        Assert.Equal("Fail", (await Client.ReadMutatingWebhookConfigurationAsync("mesh-operator", cancellationToken: Cancellation)).Webhooks[0].FailurePolicy);
    }

    [Fact]
    public async Task Upgrade_ChangesWhatIsAsked_AndKeepsWhatTheOperatorWrote()
    {
        await InstallAsync();
        await TrustAsync("an authority"u8.ToArray());
        var definition = await Client.ReadCustomResourceDefinitionAsync("trafficpolicies.mesh.io", cancellationToken: Cancellation);

        await UpgradeAsync("-f", HighAvailability);

        Assert.Equal(3, await ReplicasAsync());
        Assert.Equal("an authority", await TrustedAsync());
        Assert.Equal(definition.ResourceVersion(), (await Client.ReadCustomResourceDefinitionAsync("trafficpolicies.mesh.io", cancellationToken: Cancellation)).ResourceVersion());
    }

    // With failurePolicy Fail, and nobody behind the webhooks' Service.
    [Fact]
    public async Task OutageOfTheWebhooks_StopsOnlyPodsThatAsk()
    {
        await InstallAsync("-f", HighAvailability);
        (await Cluster.Kubectl.RunAsync("create", "namespace", "shop")).Succeeded();

        foreach (var ns in new[] { "kube-system", "kube-public", "kube-node-lease", Space }) await RunAsync("app", ns, "--annotations=mesh.io/inject=true");
        await RunAsync("silent", "shop");
        await RunAsync("declining", "shop", "--annotations=mesh.io/inject=false");
        var refused = (await Cluster.Kubectl.RunAsync("run", "asking", "-n", "shop", "--image=app", "--annotations=mesh.io/inject=true")).Failed();
        Assert.Contains("inject.mesh.io", refused, StringComparison.Ordinal);
        // Nor is any object of Kubernetes' own kept waiting.
        foreach (var written in new[] { "annotate namespace shop a=b", "delete pod silent -n shop", "create configmap later -n shop", "delete namespace shop --wait=false" })
        {
            (await Cluster.Kubectl.RunAsync(written.Split(' '))).Succeeded();
        }
    }

    [Fact]
    public async Task Rollback_TakesTheUpgradeBack()
    {
        await InstallAsync();
        await UpgradeAsync("-f", HighAvailability);

        await HelmAsync("rollback", "mesh", "1");

        Assert.Equal(1, await ReplicasAsync());
        Assert.Equal("Ignore", (await Client.ReadMutatingWebhookConfigurationAsync("mesh-operator", cancellationToken: Cancellation)).Webhooks[0].FailurePolicy);
    }

    [Fact]
    public async Task Upgrade_ThatChangesNothing_RestartsNothing()
    {
        await InstallAsync();
        var before = await Client.ReadNamespacedDeploymentAsync("mesh-operator", Space, cancellationToken: Cancellation);

        await UpgradeAsync();

        Assert.Equal(before.Generation(), (await Client.ReadNamespacedDeploymentAsync("mesh-operator", Space, cancellationToken: Cancellation)).Generation());
    }

    [Fact]
    public async Task Test_SaysWhatItsPodSaid()
    {
        await InstallAsync();

        var succeeded = await TestAsync("Succeeded");
        var failed = await TestAsync("Failed");

        Assert.Contains("Phase:", succeeded.Succeeded(), StringComparison.Ordinal);
        Assert.Contains("mesh-test", failed.Failed(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Uninstall_LeavesPodsPoliciesAndDefinitions_AndNothingThatStandsInTheirWay()
    {
        await InstallAsync("--set", "meshConfig.clusterDomain=corp.example");
        await ApplyPolicyAsync();
        await RunInjectedPodAsync();

        await HelmAsync("uninstall", "mesh", "--wait");

        await GetAsync("trafficpolicy", "catalog", "-n", "shop");
        await GetAsync("meshconfig", "default");
        Assert.Equal(2, (await GetAsync("pod", "catalog", "-n", "shop"))["spec"]!["initContainers"]!.AsArray().Count);
        // No webhook refuses a pod, or waits for an operator that is gone.
        Assert.Empty((await Client.ListMutatingWebhookConfigurationAsync(cancellationToken: Cancellation)).Items);
        Assert.Empty((await Client.ListValidatingWebhookConfigurationAsync(cancellationToken: Cancellation)).Items);
        (await Cluster.Kubectl.RunAsync("run", "later", "-n", "shop", "--image=later")).Succeeded();
    }

    [Fact]
    public async Task Uninstall_LeavesNothingThatKeepsANamespace()
    {
        Assert.SkipUnless(Cluster.Cluster.EmptiesNamespaces, $"needs a namespace controller; this runs against {Cluster.Cluster.Description}");
        await InstallAsync();
        await ApplyPolicyAsync();
        await HelmAsync("uninstall", "mesh", "--wait");

        (await Cluster.Kubectl.RunAsync("delete", "namespace", "shop", Space, "--timeout=30s")).Succeeded();
        (await Cluster.Kubectl.RunAsync("delete", "-k", Path.Combine(Repository.Config, "crds"), "--timeout=30s")).Succeeded();
    }

    [Fact]
    public async Task Install_AfterAnUninstallation_FindsWhatWasKept()
    {
        await InstallAsync("--set", "meshConfig.clusterDomain=corp.example");
        await ApplyPolicyAsync();
        await HelmAsync("uninstall", "mesh", "--wait");

        await InstallAsync("--set", "meshConfig.clusterDomain=corp.example");

        await GetAsync("trafficpolicy", "catalog", "-n", "shop");
    }

    [Fact]
    public async Task Install_OverWhatKubectlApplied_IsRefused_UntilItMayTakeIt()
    {
        (await Cluster.Kubectl.RunAsync("apply", "-k", Repository.Config)).Succeeded();

        var refused = (await Cluster.Helm.RunAsync("install", "mesh", Repository.Chart, "--namespace", Space)).Failed();
        await InstallAsync("--take-ownership", "--force-conflicts");

        Assert.Contains("cannot be imported into the current release", refused, StringComparison.Ordinal);
        Assert.Contains("deployed", await HelmAsync("status", "mesh"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Install_OfASecondMesh_IsRefused()
    {
        await InstallAsync();

        var refused = (await Cluster.Helm.RunAsync("install", "other", Repository.Chart, "--namespace", "other", "--create-namespace")).Failed();

        Assert.Contains("cannot be imported into the current release", refused, StringComparison.Ordinal);
    }

    private Task<string> InstallAsync(params string[] arguments) => HelmAsync(["install", "mesh", Repository.Chart, "--create-namespace", .. arguments]);

    private Task<string> UpgradeAsync(params string[] arguments) => HelmAsync(["upgrade", "mesh", Repository.Chart, .. arguments]);

    private async Task<string> HelmAsync(params string[] arguments) => (await Cluster.Helm.RunAsync([.. arguments, "--namespace", Space])).Succeeded();

    private async Task RunAsync(string name, string ns, params string[] arguments) => (await Cluster.Kubectl.RunAsync(["run", name, "-n", ns, "--image=app", .. arguments])).Succeeded();

    private async Task<int?> ReplicasAsync() => (await Client.ReadNamespacedDeploymentAsync("mesh-operator", Space, cancellationToken: Cancellation)).Spec.Replicas;

    private async Task<JsonNode> GetAsync(params string[] arguments) =>
        JsonNode.Parse((await Cluster.Kubectl.RunAsync(["get", .. arguments, "-o", "json"])).Succeeded())!;

    private async Task ApplyAsync(string manifest) => (await Cluster.Kubectl.RunWithInputAsync(manifest, "apply", "-f", "-")).Succeeded();

    // Written by whoever has no operator to ask: the webhook for policies fails closed.
    private async Task ApplyPolicyAsync(bool refused = false)
    {
        (await Cluster.Kubectl.RunAsync("create", "namespace", "shop")).Succeeded();
        if (refused)
        {
            Assert.Contains("validate.mesh.io", (await Cluster.Kubectl.RunWithInputAsync(Policy, "apply", "-f", "-")).Failed(), StringComparison.Ordinal);
            return;
        }
        var webhooks = await Client.ReadValidatingWebhookConfigurationAsync("mesh-operator", cancellationToken: Cancellation);
        await Client.DeleteValidatingWebhookConfigurationAsync("mesh-operator", cancellationToken: Cancellation);
        await ApplyAsync(Policy);
        webhooks.Metadata.ResourceVersion = null;
        await Client.CreateValidatingWebhookConfigurationAsync(webhooks, cancellationToken: Cancellation);
    }

    private async Task RunInjectedPodAsync() => await Client.CreateNamespacedPodAsync(new V1Pod
    {
        Metadata = new V1ObjectMeta { Name = "catalog" },
        Spec = new V1PodSpec
        {
            InitContainers = [new() { Name = "mesh-init", Image = "mesh/proxy" }, new() { Name = "mesh-proxy", Image = "mesh/proxy", RestartPolicy = "Always" }],
            Containers = [new() { Name = "catalog", Image = "catalog" }],
        },
    }, "shop", cancellationToken: Cancellation);

    // As the operator does.
    private async Task TrustAsync(byte[] authority)
    {
        var patch = new JsonArray(new JsonObject { ["op"] = "add", ["path"] = "/webhooks/0/clientConfig/caBundle", ["value"] = Convert.ToBase64String(authority) });
        await Client.PatchMutatingWebhookConfigurationAsync(new V1Patch(patch.ToJsonString(), V1Patch.PatchType.JsonPatch), "mesh-operator", cancellationToken: Cancellation);
    }

    private async Task<string> TrustedAsync() =>
        Encoding.ASCII.GetString((await Client.ReadMutatingWebhookConfigurationAsync("mesh-operator", cancellationToken: Cancellation)).Webhooks[0].ClientConfig.CaBundle);

    // No kubelet runs here: the test is one, and says how the pod ended.
    private async Task<ToolResult> TestAsync(string phase)
    {
        var test = Cluster.Helm.RunAsync("test", "mesh", "--namespace", Space, "--timeout", "30s");
        await using var pods = Cluster.Kubectl.FollowAsync(["get", "pods", "-n", Space, "-w", "-o", "jsonpath={.metadata.name} {.status.phase}{\"\\n\"}"], Cancellation).GetAsyncEnumerator(Cancellation);
        while (await pods.MoveNextAsync() && pods.Current != "mesh-test Pending") continue;
        await Client.PatchNamespacedPodStatusAsync(
            new V1Patch(new JsonObject { ["status"] = new JsonObject { ["phase"] = phase } }.ToJsonString(), V1Patch.PatchType.MergePatch), "mesh-test", Space, cancellationToken: Cancellation);
        return await test;
    }
}
