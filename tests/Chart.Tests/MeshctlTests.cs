using System.Text.Json.Nodes;
using k8s;
using k8s.Models;

namespace Mesh.Chart.Tests;

/// <summary>meshctl brings what the chart brings, and does to a cluster what it says.</summary>
public sealed class MeshctlTests : OwnCluster
{
    private Meshctl Program => field ??= new(Cluster.Cluster.KubeConfigPath);

    [Theory]
    [InlineData("")]
    [InlineData("--ha", "-f", "charts/mesh/values-ha.yaml")]
    [InlineData("--cni", "--set", "cni.enabled=true")]
    [InlineData("--registry=registry.example/platform --tag=1.2.3", "--set", "image.registry=registry.example/platform,image.tag=1.2.3")]
    [InlineData("--namespace=platform", "--namespace", "platform")]
    public async Task Install_PrintsWhatTheChartBrings(string meshctl, params string[] helm)
    {
        var printed = Manifests.Parse((await Program.RunAsync(["install", "-o", "yaml", .. meshctl.Split(' ', StringSplitOptions.RemoveEmptyEntries)])).Succeeded());
        var chart = await Manifests.OfChartAsync([.. helm.Select(argument => argument.EndsWith(".yaml", StringComparison.Ordinal) ? Path.Combine(Repository.Root, argument) : argument)]);

        var differences = Manifests.Differences(chart.WithoutOrigin(), printed.WithoutOrigin());

        // helm makes its release's namespace itself.
        Assert.Equal(["config has it, the chart has not"], differences.Select(difference => difference[(difference.IndexOf(": ", StringComparison.Ordinal) + 2)..]));
    }

    [Fact]
    public async Task Mesh_IsInstalled_Checked_AndRemoved()
    {
        (await Program.RunAsync("check", "--pre")).Succeeded();
        await InstallAsync();
        (await Cluster.Kubectl.RunAsync("create", "namespace", "shop")).Succeeded();
        (await Cluster.Kubectl.RunAsync("run", "catalog", "-n", "shop", "--image=catalog")).Succeeded();

        // No pod runs here: what lacks is what an operator that has not started leaves out.
        Assert.Equal(["its Services lead to it", "and trusts them"], await FailedChecksAsync());

        (await Program.RunAsync("uninstall")).Succeeded();
        (await Cluster.Kubectl.RunAsync("get", "pod", "catalog", "-n", "shop")).Succeeded();
        (await Cluster.Kubectl.RunAsync("get", "trafficpolicies", "-A")).Succeeded();
        Assert.Empty((await Client.ListMutatingWebhookConfigurationAsync(cancellationToken: Cancellation)).Items);
        Assert.Empty((await Client.ListValidatingWebhookConfigurationAsync(cancellationToken: Cancellation)).Items);
        // The cluster's own stay.
        Assert.DoesNotContain((await Client.ListClusterRoleAsync(cancellationToken: Cancellation)).Items, role => role.Name().StartsWith("mesh", StringComparison.Ordinal));

        (await Program.RunAsync("uninstall", "--purge")).Succeeded();
        Assert.All((await Client.ListCustomResourceDefinitionAsync(cancellationToken: Cancellation)).Items, definition => Assert.NotNull(definition.Metadata.DeletionTimestamp));
    }

    [Fact]
    public async Task Upgrade_RestartsWhatIsOlder()
    {
        await InstallAsync();
        (await Cluster.Kubectl.RunAsync("create", "namespace", "shop")).Succeeded();
        (await Cluster.Kubectl.RunAsync("create", "deployment", "catalog", "-n", "shop", "--image=catalog")).Succeeded();
        await CreateSidecarAsync("catalog-5d9f-a", "ReplicaSet", "catalog-5d9f");

        Assert.Contains("deployment/catalog", (await Program.RunAsync("upgrade")).Output, StringComparison.Ordinal);
        var upgrade = Program.RunAsync("upgrade", "--restart");
        await RollOutAsync("catalog", "shop", generation: 2);

        (await upgrade).Succeeded();
        var template = (await Client.ReadNamespacedDeploymentAsync("catalog", "shop", cancellationToken: Cancellation)).Spec.Template;
        Assert.True(template.Metadata.Annotations.ContainsKey("kubectl.kubernetes.io/restartedAt"));
    }

    [Fact]
    public async Task AuthCheck_AndIdentityRotate_AskTheCluster()
    {
        (await Cluster.Kubectl.RunAsync("apply", "-k", Path.Combine(Repository.Root, "config", "crds"))).Succeeded();
        (await Cluster.Kubectl.RunAsync("create", "namespace", Space)).Succeeded();
        (await Cluster.Kubectl.RunAsync("create", "secret", "generic", "mesh-identity", "-n", Space)).Succeeded();
        (await Cluster.Kubectl.RunWithInputAsync("""
            apiVersion: v1
            kind: Namespace
            metadata: {name: shop, annotations: {mesh.io/default-authorization: none}}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: payments, namespace: shop}
            spec: {selector: {app: payments}, ports: [{port: 80, targetPort: 8080}]}
            ---
            apiVersion: mesh.io/v1alpha1
            kind: AuthorizationPolicy
            metadata: {name: payments, namespace: shop}
            spec:
              podSelector: {matchLabels: {app: payments}}
              rules: [{name: frontend-charges, from: [{serviceAccounts: [shop/frontend]}], to: [{methods: [POST], paths: [{exact: /charge}]}]}]
            """, "apply", "-f", "-")).Succeeded();

        var allowed = await Program.RunAsync("auth", "check", "--from", "shop/frontend", "--to", "shop/payments", "POST", "/charge");
        Assert.Contains("rule frontend-charges of the Allow policy shop/payments@1 matches", allowed.Succeeded(), StringComparison.Ordinal);
        var refused = await Program.RunAsync("auth", "check", "--from", "shop/catalog", "--to", "shop/payments", "POST", "/charge");
        Assert.Equal((1, true), (refused.ExitCode, refused.Output.StartsWith("refused", StringComparison.Ordinal)));

        (await Program.RunAsync("identity", "rotate")).Succeeded();
        var secret = await Client.ReadNamespacedSecretAsync("mesh-identity", Space, cancellationToken: Cancellation);
        Assert.NotEmpty(secret.Metadata.Annotations["mesh.io/rotate"]);
        Assert.Equal(3, (await Program.RunAsync("identity", "rotate", "--namespace", "shop")).ExitCode);
    }

    [Fact]
    public async Task Cluster_ThatDoesNotAnswer_IsSaid()
    {
        var result = await new Meshctl(Path.Combine(Path.GetTempPath(), "mesh-no-kubeconfig")).RunAsync("check");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("× the cluster answers", result.Output, StringComparison.Ordinal);
    }

    private async Task InstallAsync()
    {
        var installation = Program.RunAsync("install");
        await RollOutAsync("mesh-operator", Space, generation: 1);
        Assert.Contains("the operator is ready: meshctl check", (await installation).Succeeded(), StringComparison.Ordinal);
    }

    private async Task<IEnumerable<string?>> FailedChecksAsync()
    {
        var report = JsonNode.Parse((await Program.RunAsync("check", "-o", "json")).Output)!;
        return report["checks"]!.AsArray().Where(check => (string?)check!["outcome"] == "failed").Select(check => (string?)check!["name"]);
    }

    private async Task CreateSidecarAsync(string name, string ownerKind, string owner) => await Client.CreateNamespacedPodAsync(new V1Pod
    {
        Metadata = new V1ObjectMeta
        {
            Name = name,
            Labels = new Dictionary<string, string> { ["pod-template-hash"] = "5d9f" },
            OwnerReferences = [new() { ApiVersion = "apps/v1", Kind = ownerKind, Name = owner, Uid = "1", Controller = true }],
        },
        Spec = new V1PodSpec { InitContainers = [new() { Name = "mesh-proxy", Image = "mesh/proxy:0.0.9", RestartPolicy = "Always" }], Containers = [new() { Name = "app", Image = "app" }] },
    }, "shop", cancellationToken: Cancellation);

    // No controller runs here: the test is one, for a Deployment that meshctl waits for.
    private async Task RollOutAsync(string name, string ns, int generation)
    {
        await using var generations = Cluster.Kubectl.FollowAsync(
            ["get", "deployments", "-A", "-w", "-o", "jsonpath={.metadata.name} {.metadata.generation}{\"\\n\"}"], Cancellation).GetAsyncEnumerator(Cancellation);
        while (await generations.MoveNextAsync() && generations.Current != $"{name} {generation}") continue;
        var status = new JsonObject { ["observedGeneration"] = generation, ["replicas"] = 1, ["updatedReplicas"] = 1, ["readyReplicas"] = 1, ["availableReplicas"] = 1 };
        await Client.PatchNamespacedDeploymentStatusAsync(
            new V1Patch(new JsonObject { ["status"] = status }.ToJsonString(), V1Patch.PatchType.MergePatch), name, ns, cancellationToken: Cancellation);
    }
}
