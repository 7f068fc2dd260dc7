using System.Text.Json.Nodes;
using k8s;
using Mesh.Api.Discovery;
using Mesh.Operator.Tests.InCluster;

namespace Mesh.Operator.Tests.Reconciliation;

/// <summary>What users read on their policies, with proxies that acknowledge.</summary>
[Collection(nameof(OperatorInCluster))]
public sealed class PolicyStatusTests(OperatorFixture fixture)
{
    [Fact]
    public async Task AppliedPolicy_IsProgrammed_OnEveryProxy()
    {
        var ns = await fixture.CreateNamespaceAsync();
        await ApplyAsync(ShopManifests.Service(ns), ShopManifests.Endpoints(ns, "10.9.0.1"));
        await using var first = await ConnectedProxy.ConnectAsync(fixture, $"frontend-1-{ns}", ns, "catalog");
        await using var second = await ConnectedProxy.ConnectAsync(fixture, $"frontend-2-{ns}", ns, "catalog");
        await Eventually.HoldsAsync(() => Assert.All([first, second], proxy => Assert.NotEmpty(proxy.Endpoints)));

        await ApplyAsync(ShopManifests.Policy(ns, "retries: {attempts: 1}"));

        (await fixture.Kubectl.RunAsync("wait", "--for=condition=Programmed", "trafficpolicy/catalog", "-n", ns, "--timeout=30s")).Succeeded();
        await HasConditionAsync(ns, "Accepted", "True", "Valid");
        await HasConditionAsync(ns, "ResolvedRefs", "True", "Every target exists");
        await HasConditionAsync(ns, "Programmed", "True", "2/2 proxies");
        Assert.All([first, second], proxy => Assert.Equal(1u, proxy.Policy!.Retries.Attempts));
    }

    [Fact]
    public async Task EditedPolicy_IsProgrammedAtItsNewGeneration()
    {
        var ns = await fixture.CreateNamespaceAsync();
        await ApplyAsync(ShopManifests.Service(ns), ShopManifests.Endpoints(ns, "10.9.0.1"), ShopManifests.Policy(ns, "retries: {attempts: 0}"));
        await using var proxy = await ConnectedProxy.ConnectAsync(fixture, $"frontend-{ns}", ns, "catalog");
        await HasConditionAsync(ns, "Programmed", "True", "1/1 proxies");

        await ApplyAsync(ShopManifests.Policy(ns, "retries: {attempts: 2}"));

        await Eventually.HoldsAsync(async () =>
        {
            var policy = await ReadAsync(ns);
            Assert.Equal(2, (int?)policy["metadata"]!["generation"]);
            Assert.Equal(2, (int?)policy["status"]!["observedGeneration"]);
        });
        await HasConditionAsync(ns, "Programmed", "True", "1/1 proxies");
        Assert.Equal(2u, proxy.Policy!.Retries.Attempts);
    }

    [Fact]
    public async Task MissingTarget_IsWarnedOf_AndShownAsACondition()
    {
        var ns = await fixture.CreateNamespaceAsync();

        var applied = await fixture.ApplyAsync(ShopManifests.Policy(ns, "retries: {attempts: 1}", target: "catalogue"));

        applied.Succeeded();
        Assert.Contains($"spec.targetRefs[0].name: found {ns}/catalogue, expected a Service that exists", applied.Error, StringComparison.Ordinal);
        await HasConditionAsync(ns, "ResolvedRefs", "False", $"spec.targetRefs[0]: there is no Service {ns}/catalogue");

        await ApplyAsync(ShopManifests.Service(ns, "catalogue"));

        await HasConditionAsync(ns, "ResolvedRefs", "True", "Every target exists");
    }

    [Theory]
    [InlineData("timeouts: {request: 5x}", "spec.timeouts.request")]
    [InlineData("timeouts: {request: 2s, attempt: 9s}", "timeouts")]
    [InlineData("timeouts: {reqest: 2s}", "reqest")]
    [InlineData("retries: {attempts: 11}", "spec.retries.attempts")]
    [InlineData("retries: {backoff: {base: 1s, max: 1ms}}", "backoff")]
    public async Task BadPolicy_IsRefused_AndTheLastGoodOneKeepsWorking(string settings, string field)
    {
        var ns = await fixture.CreateNamespaceAsync();
        await ApplyAsync(ShopManifests.Service(ns), ShopManifests.Endpoints(ns, "10.9.0.1"), ShopManifests.Policy(ns, "retries: {attempts: 3}"));
        await using var proxy = await ConnectedProxy.ConnectAsync(fixture, $"frontend-{ns}", ns, "catalog");
        await HasConditionAsync(ns, "Programmed", "True", "1/1 proxies");

        var error = (await fixture.ApplyAsync(ShopManifests.Policy(ns, settings))).Failed();

        Assert.Contains(field, error, StringComparison.Ordinal);
        await HasConditionAsync(ns, "Programmed", "True", "1/1 proxies");
        Assert.Equal(3u, proxy.Policy!.Retries.Attempts);
    }

    [Fact]
    public async Task OlderPolicy_Wins_AndTheNewerIsConflicted_WithAnEvent()
    {
        var ns = await fixture.CreateNamespaceAsync();
        await ApplyAsync(ShopManifests.Service(ns), ShopManifests.Policy(ns, "retries: {attempts: 1}").Replace("name: catalog, namespace", "name: first, namespace", StringComparison.Ordinal));
        await HasConditionAsync(ns, "Accepted", "True", "Valid", "first");

        await ApplyAsync(ShopManifests.Policy(ns, "retries: {attempts: 2}").Replace("name: catalog, namespace", "name: second, namespace", StringComparison.Ordinal));

        await HasConditionAsync(ns, "Conflicted", "True", "first", "second");
        await Eventually.HoldsAsync(async () => Assert.Contains(
            (await fixture.Client.EventsV1.ListNamespacedEventAsync(ns)).Items,
            e => e.Regarding.Name == "second" && e.Type == "Warning" && e.Reason == "FieldConflict"));
    }

    [Fact]
    public async Task ShadowPolicy_ShowsWhatItWouldHaveDone_UntilItIsEnforced()
    {
        var ns = await fixture.CreateNamespaceAsync();
        await ApplyAsync(ShopManifests.Service(ns), ShopManifests.Endpoints(ns, "10.9.0.1"), ShopManifests.Policy(ns, "mode: Shadow\n  timeouts: {request: 200ms}"));
        await using var proxy = await ConnectedProxy.ConnectAsync(fixture, $"frontend-{ns}", ns, "catalog");
        await HasConditionAsync(ns, "Programmed", "True", "1/1 proxies");
        Assert.Null(proxy.Policy!.Timeouts.Request);

        await proxy.ReportAsync(1000, new ShadowDecision { Decision = "request-timeout", Count = 3 }, new ShadowDecision { Decision = "eject", Count = 1, Endpoints = { "10.9.0.1:8080" } });

        await HasConditionAsync(ns, "Shadow", "True", "would have timed out 0.3 %, ejected 10.9.0.1:8080");
        var shadow = (await ReadAsync(ns))["status"]!["shadow"]!;
        Assert.Equal((1000, "0.3"), ((int)shadow["requests"]!, (string?)shadow["decisions"]![0]!["percent"]));

        await ApplyAsync(ShopManifests.Policy(ns, "mode: Enforce\n  timeouts: {request: 200ms}"));

        await Eventually.HoldsAsync(async () => Assert.Null((await ReadAsync(ns))["status"]!["shadow"]));
        await Eventually.HoldsAsync(() => Assert.Equal(TimeSpan.FromMilliseconds(200), proxy.Policy!.Timeouts.Request?.ToTimeSpan()));
    }

    private async Task ApplyAsync(params string[] manifests) => (await fixture.ApplyAsync(string.Join("\n---\n", manifests))).Succeeded();

    private Task HasConditionAsync(string ns, string type, string status, string message, string name = "catalog") => Eventually.HoldsAsync(async () =>
    {
        var conditions = Assert.IsType<JsonArray>((await ReadAsync(ns, name))["status"]?["conditions"]);
        var condition = Assert.Single(conditions, c => (string?)c!["type"] == type)!;
        Assert.Equal(status, (string?)condition["status"]);
        Assert.Contains(message, (string?)condition["message"], StringComparison.Ordinal);
    });

    private async Task<JsonNode> ReadAsync(string ns, string name = "catalog") => JsonNode.Parse(
        KubernetesJson.Serialize(await fixture.Client.CustomObjects.GetNamespacedCustomObjectAsync("mesh.io", "v1alpha1", ns, "trafficpolicies", name)))!;
}
