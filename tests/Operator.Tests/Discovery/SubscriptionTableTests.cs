using System.Diagnostics.Metrics;
using Mesh.Api.Resources;
using Mesh.Operator.Discovery;
using Mesh.Operator.State;

namespace Mesh.Operator.Tests.Discovery;

public sealed class SubscriptionTableTests : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly ProxyStream _stream = new(new("shop", "proxy-0"));
    private readonly SubscriptionTable _table;

    public SubscriptionTableTests()
    {
        _table = new(new DiscoveryMetrics(_services.GetRequiredService<IMeterFactory>()), new DiscoveryLimits());
        _table.Attach(_stream);
    }

    [Fact]
    public void ProxyThatUnsubscribesUnread_IsOwedNothing()
    {
        Apply(Given.Service("catalog"));

        for (var i = 0; i < 100; i++)
        {
            _table.TrySubscribe(_stream, new() { Authority = "catalog" });
            _table.Unsubscribe(_stream, new() { Authority = "catalog" });
        }

        Assert.Equal((0, 0), (_stream.PendingResolutions.Count, _stream.PendingUpdates.Count));
    }

    [Fact]
    public void GenerationThatIsNotCompiledYet_IsNotProgrammed()
    {
        Apply(Given.Service("catalog"), Given.Policy("p", generation: 1));
        Acknowledge("catalog");
        Assert.Equal((1, 1), Programmed(generation: 1));

        Assert.Equal((0, 1), Programmed(generation: 2));
    }

    [Fact]
    public async Task Report_SpeaksOfWhatIsCompiled()
    {
        var first = Apply(Given.Service("catalog"));
        _table.TrySubscribe(_stream, new() { Authority = "catalog" });

        var reported = await _table.Applied.NextAsync(TestContext.Current.CancellationToken);

        Assert.Same(first, reported.Snapshot);
    }

    [Fact]
    public async Task OwnSide_FollowsThePodIntoItsService()
    {
        var (state, feed) = await FollowAsync(Given.Service("catalog"));
        _table.TrySubscribe(_stream, new() { Authority = "inbound:8080" });
        Assert.Equal("", Resolved("inbound:8080"));

        Given.Upsert(state, Given.Slice("catalog", Given.Endpoint("10.0.0.1", pod: "proxy-0")));
        _table.Apply(await feed.NextAsync(TestContext.Current.CancellationToken));
        Assert.Equal("shop/catalog:80#inbound", Resolved("inbound:8080"));

        Given.Upsert(state, Given.Slice("catalog", Given.Endpoint("10.0.0.2", pod: "proxy-1")));
        _table.Apply(await feed.NextAsync(TestContext.Current.CancellationToken));
        Assert.Equal("", Resolved("inbound:8080"));
    }

    [Fact]
    public async Task AddressOfAPod_IsADestinationForAsLongAsItIsAnEndpoint()
    {
        var (state, feed) = await FollowAsync(Given.Service("catalog"));
        _table.TrySubscribe(_stream, new() { Authority = "10.0.0.1:8080" });
        Assert.Equal("", Resolved("10.0.0.1:8080"));

        Given.Upsert(state, Given.Slice("catalog", Given.Endpoint("10.0.0.1", pod: "a", ready: false)));
        _table.Apply(await feed.NextAsync(TestContext.Current.CancellationToken));
        Assert.Equal("shop/catalog:80#10.0.0.1:8080", Resolved("10.0.0.1:8080"));
        Assert.Equal(["10.0.0.1"], Assert.Single(_stream.Destinations).Value.Destination.Current.Compiled.Endpoints.Select(e => e.Address));

        Given.Upsert(state, Given.Slice("catalog"));
        _table.Apply(await feed.NextAsync(TestContext.Current.CancellationToken));
        Assert.Equal("", Resolved("10.0.0.1:8080"));
    }

    [Fact]
    public async Task ExternalName_FollowsWhatItNames()
    {
        var alias = Given.Service("alias");
        (alias.Spec.Type, alias.Spec.ExternalName) = ("ExternalName", "catalog.shop.svc.cluster.local");
        var (state, feed) = await FollowAsync(alias);
        _table.TrySubscribe(_stream, new() { Authority = "alias" });
        Assert.Equal("", Resolved("alias"));

        Given.Upsert(state, Given.Service("catalog"));
        _table.Apply(await feed.NextAsync(TestContext.Current.CancellationToken));

        Assert.Equal("shop/catalog:80", Resolved("alias"));
    }

    [Fact]
    public void InternalTrafficPolicyLocal_IsResolvedForEachNode()
    {
        using var elsewhere = new ProxyStream(new("shop", "proxy-1"), "node-1");
        _table.Attach(elsewhere);
        var service = Given.Service("catalog");
        service.Spec.InternalTrafficPolicy = "Local";
        Apply(service);

        _table.TrySubscribe(_stream, new() { Authority = "catalog" });
        _table.TrySubscribe(elsewhere, new() { Authority = "catalog" });

        Assert.Equal("shop/catalog:80", Assert.Single(_stream.Destinations).Key);
        Assert.Equal("shop/catalog:80#node=node-1", Assert.Single(elsewhere.Destinations).Key);
    }

    [Fact]
    public void ShadowPolicy_IsProgrammedAsOneInForceIs()
    {
        Apply(Given.Service("catalog"), Given.Policy("p", spec: s => s.Mode = PolicyMode.Shadow));
        _table.TrySubscribe(_stream, new() { Authority = "catalog" });
        Assert.Equal((0, 1), Programmed(generation: 1));

        Acknowledge("catalog");

        Assert.Equal((1, 1), Programmed(generation: 1));
    }

    public void Dispose()
    {
        _stream.Dispose();
        _services.Dispose();
    }

    private ClusterSnapshot Apply(params k8s.IKubernetesObject<k8s.Models.V1ObjectMeta>[] resources)
    {
        var cluster = Given.Cluster(resources);
        _table.Apply(new(cluster, new ChangeSet { Everything = true }));
        return cluster;
    }

    private async Task<(ClusterState State, ChangeFeed Feed)> FollowAsync(params k8s.IKubernetesObject<k8s.Models.V1ObjectMeta>[] resources)
    {
        var state = Given.State(resources);
        var feed = state.Follow();
        _table.Apply(await feed.NextAsync(TestContext.Current.CancellationToken));
        return (state, feed);
    }

    private string Resolved(string authority) => _stream.Subscriptions[authority].Authority.Destination?.Text ?? "";

    private void Acknowledge(string authority)
    {
        _table.TrySubscribe(_stream, new() { Authority = authority });
        while (_table.TryTakeNext(_stream, out _))
        {
        }
        var (name, destination) = Assert.Single(_stream.Destinations);
        _table.Acknowledge(_stream, new() { Destination = name, Version = destination.Base!.Version });
    }

    private (int Acknowledged, int Subscribed) Programmed(long generation)
    {
        TrafficPolicy policy = Given.Policy("p", generation: generation);
        var count = _table.Programmed(new PolicyRecord(policy, policy, []));
        return (count.Acknowledged, count.Subscribed);
    }
}
