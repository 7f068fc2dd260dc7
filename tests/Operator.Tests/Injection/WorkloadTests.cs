using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Mesh.Api.Injection;
using Mesh.Operator.Tests.InCluster;

namespace Mesh.Operator.Tests.Injection;

/// <summary>What a team does: annotate the namespace, apply its workloads. By the real kubectl, through the webhook over TLS.</summary>
[Collection(nameof(OperatorInCluster))]
public sealed class WorkloadTests(OperatorFixture fixture)
{
    private static readonly string Manifest = Path.Combine(GoldenFile.Directory, "..", "Workloads.yaml");

    [Fact]
    public async Task PodsOfEveryWorkload_GetTheirSidecar_ByDryRunToo_AndOnlyOnce()
    {
        // The pods are as the golden files say where no controller has made them already and nothing else is put into them.
        _ = fixture.Cluster.StandIn;
        var ns = await fixture.CreateNamespaceAsync();
        (await fixture.Kubectl.RunAsync("annotate", "namespace", ns, "mesh.io/inject=true")).Succeeded();
        (await fixture.Kubectl.RunAsync("apply", "-n", ns, "-f", Manifest)).Succeeded();

        foreach (var (name, pod) in await PodsOfAsync(ns))
        {
            var dryRun = await DryRunAsync(ns, pod);
            await fixture.Client.CoreV1.CreateNamespacedPodAsync(pod, ns, cancellationToken: TestContext.Current.CancellationToken);
            var created = await ReadAsync(ns, name);

            GoldenFile.Verify($"Workloads/{name}.yaml", Yaml(created, ns));
            Assert.Equal(Yaml(created, ns), Yaml(dryRun, ns));
            Assert.Equal(Yaml(created, ns), Yaml(await DryRunAsync(ns, Renewed(created)), ns));
        }
        var bare = await ReadAsync(ns, "shell");
        GoldenFile.Verify("Workloads/shell.yaml", Yaml(bare, ns));
        Assert.Equal(6, (await fixture.Client.CoreV1.ListNamespacedPodAsync(ns, cancellationToken: TestContext.Current.CancellationToken)).Items.Count);
    }

    [Fact]
    public async Task ApplyingAnInjectedPodAgain_ChangesNothing()
    {
        var ns = await fixture.CreateNamespaceAsync(inject: "true");
        (await fixture.Kubectl.RunAsync("run", "shell", "-n", ns, "--image=busybox:1")).Succeeded();
        var injected = (await fixture.Kubectl.RunAsync("get", "pod", "shell", "-n", ns, "-o", "yaml")).Succeeded();

        var replaced = (await fixture.Kubectl.RunWithInputAsync(injected, "replace", "-n", ns, "-f", "-")).Succeeded();

        Assert.Contains("pod/shell replaced", replaced, StringComparison.Ordinal);
        Assert.Equal(injected, (await fixture.Kubectl.RunAsync("get", "pod", "shell", "-n", ns, "-o", "yaml")).Succeeded());
    }

    [Fact]
    public async Task DryRun_LeavesNothingBehind()
    {
        var ns = await fixture.CreateNamespaceAsync(inject: "true");

        var shown = (await fixture.Kubectl.RunAsync("run", "shell", "-n", ns, "--image=busybox:1", "--dry-run=server", "-o", "jsonpath={.spec.initContainers[*].name}")).Succeeded();

        Assert.Equal("mesh-init mesh-proxy", shown);
        Assert.Empty((await fixture.Client.CoreV1.ListNamespacedPodAsync(ns, cancellationToken: TestContext.Current.CancellationToken)).Items);
    }

    // As the controllers make them of the templates: with a name, and an owner.
    private async Task<List<(string Name, V1Pod Pod)>> PodsOfAsync(string ns)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var (apps, batch) = (fixture.Client.AppsV1, fixture.Client.BatchV1);
        return
        [
            Pod("catalog-7d4b9-x2v5q", "ReplicaSet", (await apps.ReadNamespacedDeploymentAsync("catalog", ns, cancellationToken: cancellationToken)).Spec.Template),
            Pod("db-0", "StatefulSet", (await apps.ReadNamespacedStatefulSetAsync("db", ns, cancellationToken: cancellationToken)).Spec.Template),
            Pod("agent-k8n2m", "DaemonSet", (await apps.ReadNamespacedDaemonSetAsync("agent", ns, cancellationToken: cancellationToken)).Spec.Template),
            Pod("import-w9x7c", "Job", (await batch.ReadNamespacedJobAsync("import", ns, cancellationToken: cancellationToken)).Spec.Template),
            Pod("report-29012345-d4f6g", "Job", (await batch.ReadNamespacedCronJobAsync("report", ns, cancellationToken: cancellationToken)).Spec.JobTemplate.Spec.Template),
        ];
    }

    private static (string Name, V1Pod Pod) Pod(string name, string owner, V1PodTemplateSpec template) => (name, new V1Pod
    {
        ApiVersion = "v1",
        Kind = V1Pod.KubeKind,
        Metadata = new V1ObjectMeta
        {
            Name = name,
            Labels = template.Metadata.Labels,
            Annotations = template.Metadata.Annotations,
            OwnerReferences = [new() { ApiVersion = owner == "Job" ? "batch/v1" : "apps/v1", Kind = owner, Name = name[..name.LastIndexOf('-')], Uid = "00000000-0000-0000-0000-000000000000", Controller = true }],
        },
        Spec = template.Spec,
    });

    // What somebody gets who copies a running pod.
    private static V1Pod Renewed(V1Pod pod) => new()
    {
        ApiVersion = "v1",
        Kind = V1Pod.KubeKind,
        Metadata = new V1ObjectMeta { Name = $"{pod.Metadata.Name}-again", Labels = pod.Metadata.Labels, Annotations = pod.Metadata.Annotations, OwnerReferences = pod.Metadata.OwnerReferences },
        Spec = pod.Spec,
    };

    private async Task<V1Pod> DryRunAsync(string ns, V1Pod pod) => KubernetesYaml.Deserialize<V1Pod>(
        (await fixture.Kubectl.RunWithInputAsync(KubernetesJson.Serialize(pod), "create", "-n", ns, "--dry-run=server", "-o", "yaml", "-f", "-")).Succeeded());

    private Task<V1Pod> ReadAsync(string ns, string name) => fixture.Client.CoreV1.ReadNamespacedPodAsync(name, ns, cancellationToken: TestContext.Current.CancellationToken);

    // Without what differs from run to run: names of the test's own, the trust anchors, the version.
    private string Yaml(V1Pod pod, string ns)
    {
        var json = JsonNode.Parse(KubernetesJson.Serialize(new V1Pod { Metadata = new() { Annotations = pod.Metadata.Annotations, Labels = pod.Metadata.Labels }, Spec = pod.Spec }))!;
        json["metadata"]!["annotations"]?.AsObject().Remove("kubectl.kubernetes.io/last-applied-configuration");
        foreach (var variable in json["spec"]!["initContainers"]!.AsArray().SelectMany(container => container!["env"]?.AsArray() ?? []).Where(variable => (string?)variable!["name"] == "MESH_TRUST_ANCHORS"))
        {
            Assert.StartsWith("-----BEGIN CERTIFICATE-----", (string?)variable!["value"], StringComparison.Ordinal);
            variable!["value"] = "TRUST ANCHORS";
        }
        var text = json.ToJsonString().Replace(fixture.Configuration, "mesh-system", StringComparison.Ordinal).Replace(ns, "shop", StringComparison.Ordinal)
            .Replace(SidecarOptions.DefaultImage, "mesh/proxy:VERSION", StringComparison.Ordinal);
        return KubernetesYaml.Serialize(KubernetesYaml.Deserialize<object>(text)) + "\n";
    }
}
