using k8s;
using k8s.Models;
using Mesh.Api.Resources;
using Mesh.KubeApi.Clusters;
using Mesh.Operator.Reconciliation;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.Operator.Tests.Reconciliation;

/// <summary>A server of its own: definitions concern everyone.</summary>
public sealed class DefinitionUpgradeTests : IAsyncLifetime
{
    private const string Policies = "trafficpolicies.mesh.io";
    private readonly ClusterFixture _cluster = new();
    private Kubernetes _client = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static Version Own { get; } = typeof(DefinitionUpgrade).Assembly.GetName().Version!;

    public async ValueTask InitializeAsync()
    {
        await _cluster.InitializeAsync();
        Assert.SkipUnless(_cluster.Cluster.CanRestart, $"replaces definitions, which others use on {_cluster.Cluster.Description}");
        _client = _cluster.CreateClient();
    }

    public async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        await _cluster.DisposeAsync();
    }

    [Fact]
    public void Definitions_SayTheReleaseThatTheyAreOf() =>
        Assert.All(CustomResourceDefinitions.All, definition => Assert.Equal(Own.ToString(3), definition.GetAnnotation(MeshApi.VersionAnnotation)));

    [Theory]
    [InlineData("0.0.9")]
    [InlineData("of our own making")]
    [InlineData(null)]
    public async Task Older_IsBroughtUp_AndItsObjectsStay(string? version)
    {
        await InstallAsync(version);
        (await _cluster.Kubectl.RunWithInputAsync(Policy, "apply", "-f", "-")).Succeeded();

        await UpgradeAsync();

        var definition = await _client.ReadCustomResourceDefinitionAsync(Policies, cancellationToken: Cancellation);
        Assert.Equal(Own.ToString(3), definition.GetAnnotation(MeshApi.VersionAnnotation));
        Assert.True(Spec(definition).Properties.ContainsKey("hedging"));
        Assert.Contains("catalog", (await _cluster.Kubectl.RunAsync("get", "trafficpolicies", "-n", "default")).Succeeded(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Later_StaysAsItIs()
    {
        await InstallAsync("99.0.0");

        await UpgradeAsync();

        Assert.False(Spec(await _client.ReadCustomResourceDefinitionAsync(Policies, cancellationToken: Cancellation)).Properties.ContainsKey("hedging"));
    }

    [Fact]
    public async Task Missing_IsMade_SinceAReleaseMayBringAKind()
    {
        await UpgradeAsync();

        Assert.All(CustomResourceDefinitions.All.Zip(await Task.WhenAll(CustomResourceDefinitions.All.Select(d => _client.ReadCustomResourceDefinitionAsync(d.Name(), cancellationToken: Cancellation)))),
            pair => Assert.Equal(pair.First.GetAnnotation(MeshApi.VersionAnnotation), pair.Second.GetAnnotation(MeshApi.VersionAnnotation)));
    }

    [Fact]
    public async Task SameVersion_IsNotWritten()
    {
        await UpgradeAsync();
        await EstablishedAsync();
        var before = await _client.ReadCustomResourceDefinitionAsync(Policies, cancellationToken: Cancellation);

        await UpgradeAsync();

        Assert.Equal(before.ResourceVersion(), (await _client.ReadCustomResourceDefinitionAsync(Policies, cancellationToken: Cancellation)).ResourceVersion());
    }

    private const string Policy = """
        apiVersion: mesh.io/v1alpha1
        kind: TrafficPolicy
        metadata: {name: catalog, namespace: default}
        spec: {targetRefs: [{name: catalog}]}
        """;

    // A release before hedging.
    private async Task InstallAsync(string? version)
    {
        var definition = KubernetesJson.Deserialize<V1CustomResourceDefinition>(KubernetesJson.Serialize(CustomResourceDefinitions.TrafficPolicy));
        definition.Metadata.Annotations = version is null ? null : new Dictionary<string, string> { [MeshApi.VersionAnnotation] = version };
        Spec(definition).Properties.Remove("hedging");
        await _client.CreateCustomResourceDefinitionAsync(definition, cancellationToken: Cancellation);
        await EstablishedAsync();
    }

    // After which the API server itself writes nothing more to it.
    private async Task EstablishedAsync() =>
        (await _cluster.Kubectl.RunAsync("wait", "--for=condition=Established", $"crd/{Policies}", "--timeout=30s")).Succeeded();

    private Task UpgradeAsync() => new DefinitionUpgrade(_client, TimeProvider.System, NullLogger<DefinitionUpgrade>.Instance).RunAsync(Cancellation);

    private static V1JSONSchemaProps Spec(V1CustomResourceDefinition definition) => definition.Spec.Versions.Single().Schema.OpenAPIV3Schema.Properties["spec"];
}
