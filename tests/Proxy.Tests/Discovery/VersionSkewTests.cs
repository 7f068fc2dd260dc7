using Mesh.Api.Discovery;
using Mesh.Api.Tests.Discovery;
using Mesh.Proxy.Tests.Routing;

namespace Mesh.Proxy.Tests.Discovery;

/// <summary>Operators of other versions: what earlier ones said is taken, what later ones add is passed over or refused, never misunderstood.</summary>
public sealed class VersionSkewTests
{
    [Theory]
    [MemberData(nameof(OtherVersions.Recorded), MemberType = typeof(OtherVersions))]
    public async Task WhatAnOperatorOfAVersionSays_IsAcknowledged(string version)
    {
        await using var @operator = await FakeOperator.StartAsync();
        await using var proxy = await RunningProxy.StartAsync(@operator.Address);
        var stream = await @operator.NextStreamAsync();
        var request = proxy.FindAsync("catalog.shop");
        Assert.Equal("catalog.shop:80", (await stream.NextAsync()).Subscribe.Authority);

        var messages = OtherVersions.Said(version, "operator", OperatorMessage.Parser).Where(message => message.Welcome is null).ToList();
        foreach (var message in messages) await stream.SendAsync(message);

        foreach (var (name, number) in messages.Where(message => message.Resolution is null).Select(Version))
        {
            Assert.Equal(new ProxyMessage { Acknowledge = new() { Destination = name, Version = number } }, await stream.NextAsync());
        }
        Assert.Equal("shop/catalog:80", (await request)!.Name);
    }

    [Fact]
    public async Task LaterOperatorsMessagesAndFields_ArePassedOver()
    {
        await using var @operator = await FakeOperator.StartAsync();
        await using var proxy = await RunningProxy.StartAsync(@operator.Address);
        var stream = await @operator.NextStreamAsync();
        var request = proxy.FindAsync("catalog");
        await stream.NextAsync();
        var update = Updates.Whole(7, OtherVersions.Later(Policies.Default()), "10.0.0.1:80");
        update.Endpoints[0] = OtherVersions.Later(update.Endpoints[0]);

        await stream.SendAsync(OtherVersions.Later(new OperatorMessage()));
        await stream.SendAsync(new OperatorMessage { Workload = OtherVersions.Later(new WorkloadUpdate { Version = 3 }) });
        await stream.SendAsync(new OperatorMessage { Resolution = OtherVersions.Later(new Resolution { Authority = "catalog:80", Destination = Updates.Catalog }) });
        await stream.SendAsync(new OperatorMessage { Update = OtherVersions.Later(update) });

        Assert.Equal(3ul, (await stream.NextAsync()).Acknowledge.Version);
        Assert.Equal(7ul, (await stream.NextAsync()).Acknowledge.Version);
        Assert.Equal(Updates.Catalog, (await request)!.Name);
    }

    public static TheoryData<string, Action<Authorization>> LaterConditions() => new()
    {
        { "a way to say who", rules => rules.Policies[0].Rules[0].From.Add(OtherVersions.Later(new AuthorizationSource())) },
        { "a way to say what", rules => rules.Policies[0].Rules[0].To.Add(OtherVersions.Later(new AuthorizationOperation())) },
        { "a match of paths", rules => rules.Policies[0].Rules[0].To.Add(new AuthorizationOperation { Paths = { OtherVersions.Later(new PathMatch()) } }) },
        { "a subject", rules => rules.Policies[0].Rules[0].When.Add(OtherVersions.Later(new AuthorizationCondition())) },
        { "a condition", rules => rules.Policies[0].Rules[0] = OtherVersions.Later(rules.Policies[0].Rules[0]) },
        { "a restriction", rules => rules.Policies[0] = OtherVersions.Later(rules.Policies[0]) },
        { "a claim that tokens must have", rules => rules.Issuers.Add(OtherVersions.Later(new JwtIssuer { Issuer = "https://issuer.example" })) },
    };

    // Passed over, each of them would let in more than was meant.
    [Theory]
    [MemberData(nameof(LaterConditions), DisableDiscoveryEnumeration = true)]
    public async Task LaterOperatorsConditionOnAccess_IsRefused(string what, Action<Authorization> add)
    {
        Assert.NotEmpty(what);
        await using var @operator = await FakeOperator.StartAsync();
        await using var proxy = await RunningProxy.StartAsync(@operator.Address);
        var stream = await @operator.NextStreamAsync();
        var rules = new Authorization { Policies = { new AuthorizationRules { Action = AuthorizationAction.Allow, Rules = { new AuthorizationRule { Name = "0" } } } } };
        add(rules);

        await stream.SendAsync(new WorkloadUpdate { Version = 1, Authorization = rules });

        Assert.Contains("authorization: found fields that this version of the proxy doesn't know", (await stream.NextAsync()).Refuse.Reason, StringComparison.Ordinal);
        Assert.False(proxy.Table.Workload.Current.IsKnown);
    }

    [Fact]
    public void LaterOperatorsConditionOnAFaultOrAPriority_IsRefused()
    {
        var policy = Policies.Default(policy => policy.Faults.Add(new Fault { Share = 10_000, Status = 503, Match = OtherVersions.Later(new RequestMatch()) }));

        Assert.Equal(
            "policy.faults.match: found fields that this version of the proxy doesn't know",
            Mesh.Proxy.Discovery.DestinationUpdateCheck.Problem(Updates.Whole(1, policy, "10.0.0.1:80"), 0));
    }

    private static (string, ulong) Version(OperatorMessage message) => message.Workload is { } workload ? ("workload", workload.Version) : (message.Update.Destination, message.Update.Version);
}
