using k8s;
using k8s.Models;
using Mesh.Api.Resources;
using Mesh.KubeApi.Clusters;

namespace Mesh.KubeApi.Tests;

/// <summary>The mesh's own definitions and samples, as users apply them.</summary>
public sealed class CustomResourceTests(ClusterFixture cluster) : ClusterTest(cluster)
{
    private const string Policy = """
        apiVersion: mesh.io/v1alpha1
        kind: TrafficPolicy
        metadata: {name: catalog}
        spec:
          targetRefs: [{group: "", kind: Service, name: catalog}]
          timeouts: {request: 2s, attempt: 500ms}
          retries: {attempts: 2}
        """;

    [Fact]
    public async Task Definitions_AreEstablished_AndServed()
    {
        await ApplyDefinitionsAsync();
        Assert.Contains("condition met", await RunAsync("wait", "--for=condition=Established", "crd/trafficpolicies.mesh.io", "--timeout=30s"), StringComparison.Ordinal);
        Assert.Contains("trafficpolicies.mesh.io", await RunAsync("get", "crd"), StringComparison.Ordinal);
        Assert.Matches("trafficpolicies +tp +mesh.io/v1alpha1 +true +TrafficPolicy", await RunAsync("api-resources"));
        Assert.Contains("attempts\t<integer>", await RunAsync("explain", "trafficpolicies.spec.retries"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Samples_AreAccepted()
    {
        await ApplyDefinitionsAsync();
        (await Cluster.Kubectl.RunWithInputAsync("apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}", "apply", "-f", "-")).Succeeded();
        var applied = await RunAsync("apply", "-f", Path.Combine(Repository.Root, "config", "samples"), "--dry-run=server");
        Assert.Contains("trafficpolicy.mesh.io", applied, StringComparison.Ordinal);
        Assert.Contains("meshconfig.mesh.io", applied, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DeletedDefinition_TakesItsObjectsAlong_AndIsServedNoMore()
    {
        var space = await CreateNamespaceAsync();
        (await Cluster.Kubectl.RunWithInputAsync($$"""
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata: {name: widgets.{{space}}.mesh.io}
            spec:
              group: {{space}}.mesh.io
              scope: Namespaced
              names: {kind: Widget, plural: widgets}
              versions:
              - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, properties: {size: {type: integer, default: 3} } } } }
            """, "apply", "-f", "-")).Succeeded();
        await RunAsync("wait", "--for=condition=Established", $"crd/widgets.{space}.mesh.io", "--timeout=30s");
        await ApplyAsync(space, $"apiVersion: {space}.mesh.io/v1\nkind: Widget\nmetadata: {{name: one}}");
        Assert.Equal("3", await RunAsync("get", $"widgets.{space}.mesh.io", "one", "-n", space, "-o", "jsonpath={.size}"));

        await RunAsync("delete", "crd", $"widgets.{space}.mesh.io");

        Assert.Contains("the server doesn't have a resource type", (await Cluster.Kubectl.RunAsync("get", $"widgets.{space}.mesh.io", "-n", space)).Failed(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Object_IsPrintedInItsColumns_AndFoundByShortNameAndCategory()
    {
        var space = await CreateNamespaceAsync();
        await ApplyDefinitionsAsync();
        await ApplyAsync(space, Policy);

        Assert.Matches("NAME +TARGETS +ACCEPTED +PROGRAMMED +PROXIES +MODE +AGE\ncatalog +catalog", await RunAsync("get", "tp", "-n", space));
        Assert.Contains("catalog", await RunAsync("get", "mesh", "-n", space), StringComparison.Ordinal);
        Assert.Contains("unchanged", await ApplyAsync(space, Policy), StringComparison.Ordinal);
        Assert.Contains("configured", await ApplyAsync(space, Policy.Replace("attempts: 2", "attempts: 3", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("attempts: 2", "attempts: two", "spec.retries.attempts")]
    [InlineData("attempts: 2", "attempts: 99", "spec.retries.attempts")]
    [InlineData("request: 2s", "request: soon", "spec.timeouts.request")]
    [InlineData("retries:", "retrys:", "unknown field \"spec.retrys\"")]
    public async Task BadObject_IsRefused_WithTheFieldsPath(string good, string bad, string expected)
    {
        var space = await CreateNamespaceAsync();
        await ApplyDefinitionsAsync();
        var result = await Cluster.Kubectl.RunWithInputAsync(Policy.Replace(good, bad, StringComparison.Ordinal), "apply", "-n", space, "-f", "-");
        Assert.Contains(expected, result.Failed(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task UnknownField_IsDroppedWithAWarning_WhereValidationIsNotStrict()
    {
        var space = await CreateNamespaceAsync();
        await ApplyDefinitionsAsync();
        var manifest = Policy.Replace("spec:", "spec:\n  colour: blue", StringComparison.Ordinal);

        var result = await Cluster.Kubectl.RunWithInputAsync(manifest, "create", "-n", space, "--validate=warn", "-f", "-");

        Assert.Contains("created", result.Succeeded(), StringComparison.Ordinal);
        Assert.Contains("Warning: unknown field \"spec.colour\"", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("colour", await RunAsync("get", "tp", "catalog", "-n", space, "-o", "yaml"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_IsWrittenThroughItsSubresourceOnly()
    {
        var space = await CreateNamespaceAsync();
        await ApplyDefinitionsAsync();
        await ApplyAsync(space, Policy + "\nstatus: {observedGeneration: 7}");
        using var policies = new GenericClient(Client, MeshApi.Group, MeshApi.Version, TrafficPolicy.KubePlural, disposeClient: false);
        var policy = await policies.ReadNamespacedAsync<TrafficPolicy>(space, "catalog", Cancellation);
        Assert.Null(policy.Status?.ObservedGeneration);
        Assert.Equal(1, policy.Generation());

        await RunAsync("patch", "tp", "catalog", "-n", space, "--subresource=status", "--type=merge", "-p",
            """{"spec":{"retries":null},"status":{"conditions":[{"type":"Accepted","status":"True","reason":"Accepted","message":"","lastTransitionTime":"2026-01-01T00:00:00Z"}]}}""");

        var after = await policies.ReadNamespacedAsync<TrafficPolicy>(space, "catalog", Cancellation);
        Assert.Equal((1, 2, "Accepted"), (after.Generation(), after.Spec.Retries?.Attempts, after.Status?.Conditions.Single().Type));
        Assert.Contains("condition met", await RunAsync("wait", "--for=condition=Accepted", "tp/catalog", "-n", space, "--timeout=10s"), StringComparison.Ordinal);
    }

    private async Task<string> RunAsync(params string[] arguments) => (await Cluster.Kubectl.RunAsync(arguments)).Succeeded();

    private async Task<string> ApplyAsync(string space, string manifest) =>
        (await Cluster.Kubectl.RunWithInputAsync(manifest, "apply", "-n", space, "-f", "-")).Succeeded();

    private async Task ApplyDefinitionsAsync()
    {
        await RunAsync("apply", "-k", Path.Combine(Repository.Root, "config", "crds"));
        await RunAsync("wait", "--for=condition=Established", "crd", "--all", "--timeout=30s");
    }
}
