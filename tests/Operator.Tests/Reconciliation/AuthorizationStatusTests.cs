using System.Text.Json.Nodes;
using Mesh.Operator.Tests.InCluster;

namespace Mesh.Operator.Tests.Reconciliation;

/// <summary>AuthorizationPolicies as a user applies them, with kubectl.</summary>
[Collection(nameof(OperatorInCluster))]
public sealed class AuthorizationStatusTests(OperatorFixture fixture)
{
    [Fact]
    public async Task AppliedPolicy_IsProgrammed_OnTheProxiesOfItsNamespace()
    {
        var ns = await fixture.CreateNamespaceAsync();
        await using var first = await ConnectedProxy.ConnectAsync(fixture, "catalog-1", ns, "catalog");
        await using var second = await ConnectedProxy.ConnectAsync(fixture, "catalog-2", ns, "catalog");
        await using var elsewhere = await ConnectedProxy.ConnectAsync(fixture, "catalog-1", await fixture.CreateNamespaceAsync(), "catalog");

        (await fixture.ApplyAsync(Policy(ns, "rules: [{from: [{serviceAccounts: [shop/frontend]}]}]"))).Succeeded();

        (await fixture.Kubectl.RunAsync("wait", "--for=condition=Programmed", "authorizationpolicy/catalog", "-n", ns, "--timeout=30s")).Succeeded();
        await Eventually.HoldsAsync(async () =>
        {
            var status = JsonNode.Parse((await fixture.Kubectl.RunAsync("get", "authorizationpolicy", "catalog", "-n", ns, "-o", "json")).Succeeded())!["status"]!;
            Assert.Equal(1, (int?)status["observedGeneration"]);
            var conditions = status["conditions"]!.AsArray();
            Assert.Equal("True", (string?)conditions.Single(c => (string?)c!["type"] == "Accepted")!["status"]);
            Assert.Equal("2/2 proxies", (string?)conditions.Single(c => (string?)c!["type"] == "Programmed")!["message"]);
        });
    }

    // Some by the schema, which kubectl and the API server know, the others by the definition's CEL rules, where there is somebody to read them,
    // or by the webhook: what is looked for is in the words of both.
    [Theory]
    [InlineData("rules: [{from: [{cidrs: [10.0.0.0/99]}]}]", "spec.rules[0].from[0].cidrs[0]: found 10.0.0.0/99, expected")]
    [InlineData("rules: [{from: [{unauthenticated: true, namespaces: [shop]}]}]", "spec.rules[0].from[0]")]
    [InlineData("targetRefs: [{kind: Service, name: catalog}], podSelector: {matchLabels: {app: catalog}}", "targetRefs and podSelector")]
    [InlineData("action: Permit", "spec.action")]
    [InlineData("rules: [{form: [{namespaces: [shop]}]}]", "form")]
    [InlineData("rules: [{from: [{serviceAcounts: [shop/frontend]}]}]", "serviceAcounts")]
    public async Task PolicyThatMakesNoSense_IsRefused_AndNothingIsStored(string spec, string error)
    {
        var ns = await fixture.CreateNamespaceAsync();

        var refused = (await fixture.ApplyAsync(Policy(ns, spec))).Failed();

        Assert.Contains(error, refused, StringComparison.Ordinal);
        (await fixture.Kubectl.RunAsync("get", "authorizationpolicy", "catalog", "-n", ns)).Failed();
    }

    // A client that doesn't ask for field validation: the API server would keep the field, and a restriction would be lost.
    [Fact]
    public async Task UnknownField_IsRefused_ThoughItsClientDoesntMind()
    {
        var ns = await fixture.CreateNamespaceAsync();

        var refused = (await fixture.Kubectl.RunWithInputAsync(
            Policy(ns, "rules: [{from: [{serviceAcounts: [shop/frontend]}]}]"), "apply", "--validate=false", "-f", "-")).Failed();

        Assert.Contains("spec.rules[0].from[0].serviceAcounts", refused, StringComparison.Ordinal);
    }

    private static string Policy(string ns, string spec) => $$"""
        apiVersion: mesh.io/v1alpha1
        kind: AuthorizationPolicy
        metadata: {name: catalog, namespace: {{ns}}}
        spec: { {{spec}} }
        """;
}
