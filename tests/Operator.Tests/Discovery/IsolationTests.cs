using Google.Protobuf;
using Mesh.Api.Discovery;
using Mesh.Api.Resources;

namespace Mesh.Operator.Tests.Discovery;

/// <summary>What a proxy gets to see, and what it can have no part in: two namespaces, with a proxy in each.</summary>
public sealed class IsolationTests : IAsyncLifetime
{
    // No service's, policy's or pod's name has it but what only the other namespace is to see.
    private const string Secret = "bank-secret";

    // Statuses are told apart by their names alone.
    private const string SecretRules = $"{Secret}-rules";

    private TestOperator? _mesh;

    public async ValueTask InitializeAsync()
    {
        _mesh = await TestOperator.StartAsync();
        _mesh.Upsert(
            Given.Service("catalog"), Given.Slice("catalog", Given.Endpoint("10.0.0.1")),
            Authorization("shop", "own-rules"), Authorization("bank", SecretRules),
            Given.Policy(Secret, space: "bank", spec: spec => spec.Retries = new() { Attempts = 0 }));
    }

    public async ValueTask DisposeAsync() => await _mesh!.DisposeAsync();

    [Fact]
    public async Task OfAuthorizationPolicies_AProxySeesThoseOfItsOwnPod()
    {
        using var shop = await _mesh!.ConnectAsync("shop-0");
        using var bank = await _mesh.ConnectAsync("bank-0", "bank");

        Assert.Equal("own-rules", Assert.Single((await shop.NextWorkloadAsync()).Authorization.Policies).Source.Name);
        Assert.Equal(SecretRules, Assert.Single((await bank.NextWorkloadAsync()).Authorization.Policies).Source.Name);

        _mesh.Upsert(Authorization("bank", SecretRules, PolicyAction.Deny));
        Assert.Equal(AuthorizationAction.Deny, Assert.Single((await bank.NextWorkloadAsync()).Authorization.Policies).Action);
        // Nothing came for it in between: what it is told next is of what changes for it.
        _mesh.Upsert(Authorization("shop", "own-rules", PolicyAction.Deny));
        var next = await shop.NextWorkloadAsync();
        Assert.Equal(("own-rules", AuthorizationAction.Deny), (Assert.Single(next.Authorization.Policies).Source.Name, next.Authorization.Policies[0].Action));
    }

    [Fact]
    public async Task OfClientsPolicies_AProxySeesThoseOfItsOwnNamespace()
    {
        using var bank = await _mesh!.ConnectAsync("bank-0", "bank");
        var theirs = await bank.SubscribedAsync("catalog.shop");
        using var other = await _mesh.ConnectAsync("batch-0", "batch");
        var update = await other.SubscribedAsync("catalog.shop");

        Assert.Contains(Secret, Text(theirs), StringComparison.Ordinal);
        Assert.Equal("shop/catalog:80", update.Destination);
        Assert.DoesNotContain(Secret, Text(update), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("catalog.shop#@bank")]
    [InlineData("catalog.shop:80@bank")]
    [InlineData("shop/catalog:80@bank")]
    [InlineData("workload")]
    [InlineData("bank-0.bank")]
    public async Task AnothersView_HasNoNameToAskFor(string authority)
    {
        using var bank = await _mesh!.ConnectAsync("bank-0", "bank");
        await bank.SubscribedAsync("catalog.shop");
        using var shop = await _mesh.ConnectAsync("shop-0");

        await shop.SubscribeAsync(authority);

        Assert.Equal("", (await shop.NextResolutionAsync()).Destination);
    }

    [Fact]
    public async Task KnowingAnothersVersion_GivesNothingOfIt()
    {
        using var bank = await _mesh!.ConnectAsync("bank-0", "bank");
        var theirs = await bank.SubscribedAsync("catalog.shop");
        using var shop = await _mesh.ConnectAsync("shop-0");

        await shop.SubscribeAsync("catalog", theirs.Destination, theirs.Version);

        Assert.Equal("shop/catalog:80", (await shop.NextResolutionAsync()).Destination);
        var update = await shop.NextUpdateAsync();
        Assert.Equal(("shop/catalog:80", 0ul), (update.Destination, update.BaseVersion));
        Assert.DoesNotContain(Secret, Text(update), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnswersToWhatWasNeverSent_CountForNothing()
    {
        using var bank = await _mesh!.ConnectAsync("bank-0", "bank");
        var theirs = await bank.SubscribedAsync("catalog.shop");
        using var shop = await _mesh.ConnectAsync("shop-0");
        await shop.RefuseAsync(theirs, "made up");
        await shop.AcknowledgeAsync(theirs);
        // It has been heard.
        await shop.SubscribeAsync("nobody");
        await shop.NextResolutionAsync();

        await bank.AcknowledgeAsync(theirs);

        var programmed = await _mesh.Statuses.WaitForAsync($"bank/{Secret}", ConditionTypes.Programmed, condition => condition.Message.Contains("1/", StringComparison.Ordinal));
        Assert.Equal("1/1 proxies", programmed.Message);
        Assert.Equal(0, _mesh.Count("mesh_operator_refusals"));
    }

    private static string Text(IMessage message) => JsonFormatter.Default.Format(message);

    private static AuthorizationPolicy Authorization(string space, string name, PolicyAction action = PolicyAction.Allow) =>
        new() { Metadata = new() { Name = name, NamespaceProperty = space }, Spec = { Action = action } };
}
