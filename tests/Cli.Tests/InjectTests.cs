using System.Text.Json.Nodes;
using Mesh.Api.Resources;

namespace Mesh.Cli.Tests;

public sealed class InjectTests
{
    private static readonly string[] Offline = ["--trust-anchors", "inject/anchors.pem"];

    [Fact]
    public void Manifests_GetSidecars() => Golden.Matches("inject", Run.Meshctl(["inject", "inject/workloads.yaml", .. Offline]));

    [Theory]
    [InlineData("Init")]
    [InlineData("Cni")]
    [InlineData("None")]
    public void Uninject_GivesBackWhatInjectTook(string interception)
    {
        var original = File.ReadAllText(Path.Combine("inject", "workloads.yaml"));
        var injected = Run.Meshctl(["inject", "inject/workloads.yaml", "--interception", interception, .. Offline]).Output;

        var uninjected = Run.MeshctlWithInput(injected, "uninject", "-");

        Assert.NotEqual(Documents(original), Documents(injected));
        Assert.Equal(Documents(original), Documents(uninjected.Output));
    }

    [Fact]
    public void SecondInjection_ChangesNothing()
    {
        var once = Run.Meshctl(["inject", "inject/workloads.yaml", .. Offline]).Output;
        Assert.Equal(once, Run.MeshctlWithInput(once, ["inject", "-", .. Offline]).Output);
    }

    [Fact]
    public void Refusal_PrintsNothingToApply()
    {
        var run = Run.MeshctlWithInput("""
            {apiVersion: v1, kind: Pod, metadata: {name: app, annotations: {mesh.io/skip-inbound-ports: all}}, spec: {containers: [{name: app, image: app}]}}
            """, ["inject", "-", .. Offline]);

        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.Contains("pod/app: refused:", run.Error, StringComparison.Ordinal);
        Assert.Contains("mesh.io/skip-inbound-ports", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Cluster_SaysWhatItsOperatorWouldGive()
    {
        var cluster = HealthyMesh.Create();
        cluster.Add("{kind: MeshConfig, metadata: {name: default}, spec: {proxy: {image: \"registry.example/proxy:2\", interception: Cni}, identity: {trustDomain: corp.example}}}");

        var run = Run.MeshctlOn(cluster, "inject", "inject/workloads.yaml");

        Assert.Contains("image: registry.example/proxy:2", run.Output, StringComparison.Ordinal);
        Assert.Contains("name: mesh-verify", run.Output, StringComparison.Ordinal);
        Assert.Contains("spiffe://corp.example/ns/mesh-system/sa/mesh-operator", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void NoManifest_IsNamed()
    {
        var run = Run.MeshctlWithInput("a: [", ["inject", "-", .. Offline]);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("<stdin>: line ", run.Error, StringComparison.Ordinal);
    }

    // A name of a port and its number are the same to the kubelet; all else is to be as it was.
    private static string Documents(string yaml) => string.Join('\n', ManifestYaml.Parse(yaml).Select(document => Sorted(document)!.ToJsonString()));

    private static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject map => new JsonObject(map.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => KeyValuePair.Create(entry.Key, Sorted(entry.Value)))),
        JsonArray list => new JsonArray([.. list.Select(Sorted)]),
        _ => node?.DeepClone(),
    };
}
