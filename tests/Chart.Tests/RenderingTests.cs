using System.Text.Json.Nodes;

namespace Mesh.Chart.Tests;

/// <summary>What values change.</summary>
public sealed class RenderingTests
{
    [Fact]
    public async Task Registry_IsTheOperatorsAndTheSidecars()
    {
        var chart = await Manifests.OfChartAsync("--set", "image.registry=registry.example/platform,image.tag=1.2.3,image.pullSecrets={key},cni.enabled=true");

        var pod = chart["Deployment mesh-system/mesh-operator"]["spec"]!["template"]!["spec"]!;
        Assert.Equal("registry.example/platform/mesh/operator:1.2.3", (string?)pod["containers"]![0]!["image"]);
        Assert.Equal("registry.example/platform/mesh/proxy:1.2.3", Variable(pod, "MESH_PROXY_IMAGE"));
        Assert.Equal("key", (string?)pod["imagePullSecrets"]![0]!["name"]);
        var cni = chart["DaemonSet mesh-cni/mesh-cni"]["spec"]!["template"]!["spec"]!;
        Assert.Equal("registry.example/platform/mesh/proxy:1.2.3", (string?)cni["containers"]![0]!["image"]);
    }

    [Fact]
    public async Task OwnNamespace_IsWhereEverythingPoints()
    {
        var chart = await Manifests.OfChartAsync("--namespace", "platform", "--set", "cni.enabled=true,webhook.excludedNamespaces={backup}");

        Assert.DoesNotContain("mesh-system", string.Concat(chart.Objects.Values.Where(o => (string?)o["kind"] != "CustomResourceDefinition").Select(o => o.ToJsonString())), StringComparison.Ordinal);
        var excluded = chart["MutatingWebhookConfiguration mesh-operator"]["webhooks"]![0]!["namespaceSelector"]!["matchExpressions"]![0]!["values"]!.AsArray();
        Assert.Equal(["kube-system", "kube-public", "kube-node-lease", "platform", "backup"], excluded.Select(v => (string?)v));
    }

    [Theory]
    [InlineData("1.29.4", false)]
    [InlineData("v1.30.2-eks-1552ad0", true)]
    public async Task AdmissionPolicy_IsThere_WhereTheClusterKnowsSuch(string version, bool isThere)
    {
        var chart = await Manifests.OfChartAsync("--kube-version", version, "--namespace", "platform");

        Assert.Equal(isThere ? 1 : 0, chart.OfKind("ValidatingAdmissionPolicy").Count());
        Assert.Equal(isThere ? 1 : 0, chart.OfKind("ValidatingAdmissionPolicyBinding").Count());
        Assert.All(chart.OfKind("ValidatingAdmissionPolicy"), policy => Assert.Contains("system:serviceaccount:platform:mesh-operator", policy.ToJsonString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task MeshConfig_IsWrittenAsGiven_AndKept()
    {
        var chart = await Manifests.OfChartAsync("--set", "meshConfig.clusterDomain=corp.example,cni.enabled=true,meshConfig.proxy.interception=Init");

        var config = chart["MeshConfig default"];
        Assert.Equal("""{"clusterDomain":"corp.example","proxy":{"interception":"Init"}}""", config["spec"]!.ToJsonString());
        Assert.Equal("keep", (string?)config["metadata"]!["annotations"]!["helm.sh/resource-policy"]);
    }

    [Fact]
    public async Task Autoscaling_LeavesTheReplicasToItself()
    {
        var chart = await Manifests.OfChartAsync("--set", "autoscaling.enabled=true");

        Assert.Null(chart["Deployment mesh-system/mesh-operator"]["spec"]!["replicas"]);
        Assert.NotNull(chart["HorizontalPodAutoscaler mesh-system/mesh-operator"]);
    }

    [Fact]
    public async Task Monitoring_ReadsThePortThatThePolicyOpens()
    {
        var chart = await Manifests.OfChartAsync("--set", "podMonitor.enabled=true,podMonitor.labels.release=prometheus,networkPolicy.enabled=true",
            "--set-json", """networkPolicy.metricsFrom=[{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"monitoring"}}}]""");

        var monitor = chart["PodMonitor mesh-system/mesh-operator"];
        Assert.Equal("prometheus", (string?)monitor["metadata"]!["labels"]!["release"]);
        Assert.Equal("prometheus", (string?)chart["PodMonitor mesh-system/mesh-sidecars"]["metadata"]!["labels"]!["release"]);
        var port = (string?)monitor["spec"]!["podMetricsEndpoints"]![0]!["port"];
        Assert.Contains(chart["NetworkPolicy mesh-system/mesh-operator"]["spec"]!["ingress"]!.AsArray(), rule => (string?)rule!["ports"]![0]!["port"] == port);
    }

    [Fact]
    public async Task Selectors_SelectThePodsOfTheDeployment()
    {
        var chart = await Manifests.OfChartAsync("-f", Path.Combine(Repository.Chart, "values-ha.yaml"), "--set", "podMonitor.enabled=true");
        var labels = chart["Deployment mesh-system/mesh-operator"]["spec"]!["template"]!["metadata"]!["labels"]!.AsObject();

        JsonNode?[] selectors =
        [
            chart["Service mesh-system/mesh-operator"]["spec"]!["selector"],
            chart["Service mesh-system/mesh-webhook"]["spec"]!["selector"],
            .. new[] { "Deployment", "PodDisruptionBudget", "PodMonitor" }.Select(kind => chart[$"{kind} mesh-system/mesh-operator"]["spec"]!["selector"]!["matchLabels"]),
            chart["NetworkPolicy mesh-system/mesh-operator"]["spec"]!["podSelector"]!["matchLabels"],
        ];

        Assert.All(selectors, selector => Assert.All(selector!.AsObject(), entry => Assert.Equal((string?)entry.Value, (string?)labels[entry.Key])));
    }

    private static string? Variable(JsonNode pod, string name) =>
        (string?)pod["containers"]![0]!["env"]!.AsArray().Single(variable => (string?)variable!["name"] == name)!["value"];
}
