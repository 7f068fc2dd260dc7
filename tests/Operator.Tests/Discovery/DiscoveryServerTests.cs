using k8s.Models;
using Mesh.Api.Discovery;
using Mesh.Api.Resources;

namespace Mesh.Operator.Tests.Discovery;

public sealed class DiscoveryServerTests
{
    [Fact]
    public async Task Subscription_GetsTheResolutionThenTheWholeDestination()
    {
        await using var mesh = await StartAsync("10.0.0.1", "10.0.0.2");
        using var proxy = await mesh.ConnectAsync();

        await proxy.SubscribeAsync("catalog");

        var resolution = await proxy.NextResolutionAsync();
        Assert.Equal(("catalog", "shop/catalog:80"), (resolution.Authority, resolution.Destination));
        var update = await proxy.NextUpdateAsync();
        Assert.Equal(("shop/catalog:80", 0ul), (update.Destination, update.BaseVersion));
        Assert.Equal(["10.0.0.1:8080", "10.0.0.2:8080"], Endpoints(update));
        Assert.Equal(2u, update.Policy.Retries.Attempts);
    }

    [Fact]
    public async Task UnknownAuthority_ResolvesToNothingUntilItsServiceComes()
    {
        await using var mesh = await StartAsync("10.0.0.1");
        using var proxy = await mesh.ConnectAsync();
        await proxy.SubscribeAsync("payments:8080");
        Assert.Equal("", (await proxy.NextResolutionAsync()).Destination);

        mesh.Upsert(Given.Service("payments", port: 8080));

        Assert.Equal("shop/payments:8080", (await proxy.NextResolutionAsync()).Destination);
        Assert.Empty((await proxy.NextUpdateAsync()).Endpoints);
        mesh.Delete(Given.Service("payments"));
        Assert.Equal("", (await proxy.NextResolutionAsync()).Destination);
    }

    [Fact]
    public async Task ClusterIp_FollowsItsOwner()
    {
        await using var mesh = await StartAsync();
        using var proxy = await mesh.ConnectAsync();
        await proxy.SubscribeAsync("10.96.0.7:80");
        Assert.Equal("", (await proxy.NextResolutionAsync()).Destination);

        mesh.Upsert(Given.Service("payments", clusterIp: "10.96.0.7"));

        Assert.Equal("shop/payments:80", (await proxy.NextResolutionAsync()).Destination);
    }

    [Fact]
    public async Task TextThatIsNoAuthority_ResolvesToNothing()
    {
        await using var mesh = await StartAsync();
        using var proxy = await mesh.ConnectAsync();

        await proxy.SubscribeAsync("not an authority");

        Assert.Equal(("not an authority", ""), await proxy.NextResolutionAsync() is var r ? (r.Authority, r.Destination) : default);
    }

    [Fact]
    public async Task StateThatIsNotSynced_IsNotServed()
    {
        await using var mesh = await TestOperator.StartAsync(synced: false);
        mesh.Upsert(Given.Slice("catalog", Given.Endpoint("10.0.0.1")));
        using var proxy = await mesh.ConnectAsync();
        await proxy.SubscribeAsync("catalog");
        mesh.Upsert(Given.Service("catalog"));

        mesh.State.Post([.. Operator.State.ResourceKinds.All.Select(kind => new Operator.State.ResourceChange.ReplaceAll(kind, kind switch
        {
            Operator.State.ResourceKind.Service => [Given.Service("catalog")],
            Operator.State.ResourceKind.EndpointSlice => [Given.Slice("catalog", Given.Endpoint("10.0.0.2"))],
            _ => [],
        }))]);

        Assert.Equal("shop/catalog:80", (await proxy.NextResolutionAsync()).Destination);
        Assert.Equal(["10.0.0.2:8080"], Endpoints(await proxy.NextUpdateAsync()));
    }

    [Fact]
    public async Task ChangedEndpoint_CostsOneEndpoint()
    {
        await using var mesh = await StartAsync("10.0.0.1", "10.0.0.2", "10.0.0.3");
        using var proxy = await mesh.ConnectAsync();
        var whole = await proxy.SubscribedAsync("catalog");

        mesh.Upsert(Slice("10.0.0.1", "10.0.0.3", "10.0.0.4"));

        var delta = await proxy.NextUpdateAsync();
        Assert.Equal(whole.Version, delta.BaseVersion);
        Assert.NotEqual(whole.Version, delta.Version);
        Assert.Null(delta.Policy);
        Assert.Equal(["10.0.0.4:8080"], Endpoints(delta));
        Assert.Equal(["10.0.0.2:8080"], delta.Removed);
    }

    [Fact]
    public async Task ChangedPolicy_CostsNoEndpoint()
    {
        await using var mesh = await StartAsync("10.0.0.1", "10.0.0.2");
        using var proxy = await mesh.ConnectAsync();
        await proxy.SubscribedAsync("catalog");

        mesh.Upsert(Given.Policy("p", spec: s => s.Retries = new() { Attempts = 5 }));

        var delta = await proxy.NextUpdateAsync();
        Assert.Equal(5u, delta.Policy.Retries.Attempts);
        Assert.Empty(delta.Endpoints);
        Assert.Empty(delta.Removed);
    }

    [Fact]
    public async Task UnchangedOutput_IsNotSentAgain()
    {
        await using var mesh = await StartAsync("10.0.0.1");
        using var proxy = await mesh.ConnectAsync();
        await proxy.SubscribedAsync("catalog");

        var relabelled = Slice("10.0.0.1");
        relabelled.Metadata.Labels["team"] = "shop";
        mesh.Upsert(relabelled, Given.Slice("catalog", "late", "IPv4", Given.Endpoint("10.0.0.9", ready: false)));
        await proxy.SubscribeAsync("nobody");

        Assert.Equal("nobody", (await proxy.NextResolutionAsync()).Authority);
        Assert.Equal(1, mesh.Count("mesh_operator_updates"));
    }

    [Fact]
    public async Task KnownVersion_IsNotSentAgain()
    {
        await using var mesh = await StartAsync("10.0.0.1", "10.0.0.2");
        DestinationUpdate known;
        using (var before = await mesh.ConnectAsync()) known = await before.SubscribedAsync("catalog");

        using var proxy = await mesh.ConnectAsync();
        await proxy.SubscribeAsync("catalog", known.Destination, known.Version);
        Assert.Equal("shop/catalog:80", (await proxy.NextResolutionAsync()).Destination);
        mesh.Upsert(Slice("10.0.0.1"));

        var next = await proxy.NextUpdateAsync();
        Assert.Equal(known.Version, next.BaseVersion);
        Assert.Equal(["10.0.0.2:8080"], next.Removed);
    }

    [Fact]
    public async Task OutdatedVersion_IsReplacedWhole()
    {
        await using var mesh = await StartAsync("10.0.0.1");
        using var proxy = await mesh.ConnectAsync();

        await proxy.SubscribeAsync("catalog", "shop/catalog:80", 42);

        await proxy.NextResolutionAsync();
        Assert.Equal(0ul, (await proxy.NextUpdateAsync()).BaseVersion);
    }

    [Fact]
    public async Task SeveralAuthoritiesOfOneDestination_ShareIt()
    {
        await using var mesh = await StartAsync("10.0.0.1");
        using var proxy = await mesh.ConnectAsync();
        await proxy.SubscribedAsync("catalog");

        await proxy.SubscribeAsync("catalog.shop");
        Assert.Equal("shop/catalog:80", (await proxy.NextResolutionAsync()).Destination);
        await proxy.UnsubscribeAsync("catalog");
        mesh.Upsert(Slice("10.0.0.2", "10.0.0.3"));

        Assert.Equal(["10.0.0.2:8080", "10.0.0.3:8080"], Endpoints(await proxy.NextUpdateAsync()));
    }

    [Fact]
    public async Task UnsubscribedDestination_IsSentNoMoreAndWholeOnReturn()
    {
        await using var mesh = await StartAsync("10.0.0.1");
        using var proxy = await mesh.ConnectAsync();
        await proxy.SubscribedAsync("catalog");

        await proxy.UnsubscribeAsync("catalog");
        await proxy.SubscribeAsync("nobody");
        Assert.Equal("nobody", (await proxy.NextResolutionAsync()).Authority);
        mesh.Upsert(Slice("10.0.0.2"));

        var again = await proxy.SubscribedAsync("catalog");
        Assert.Equal((0ul, "10.0.0.2:8080"), (again.BaseVersion, Endpoints(again).Single()));
    }

    [Fact]
    public async Task ConsumersPolicy_HoldsForItsOwnNamespaceOnly()
    {
        await using var mesh = await StartAsync("10.0.0.1");
        using var web = await mesh.ConnectAsync("web-0", "web");
        using var batch = await mesh.ConnectAsync("batch-0", "batch");
        await web.SubscribedAsync("catalog.shop");
        await batch.SubscribedAsync("catalog.shop");

        var policy = Given.Policy("own", space: "web", spec: s => s.Retries = new() { Attempts = 0 });
        mesh.Upsert(policy);
        Assert.Equal("shop/catalog:80@web", (await web.NextResolutionAsync()).Destination);
        Assert.Equal(0u, (await web.NextUpdateAsync()).Policy.Retries.Attempts);

        mesh.Delete(policy);
        Assert.Equal("shop/catalog:80", (await web.NextResolutionAsync()).Destination);
        Assert.Equal(2u, (await web.NextUpdateAsync()).Policy.Retries.Attempts);
        await batch.SubscribeAsync("nobody");
        Assert.Equal("nobody", (await batch.NextResolutionAsync()).Authority);
    }

    [Fact]
    public async Task MeshConfig_ReachesEveryDestination()
    {
        await using var mesh = await StartAsync("10.0.0.1");
        using var proxy = await mesh.ConnectAsync();
        await proxy.SubscribedAsync("catalog");

        mesh.Upsert(new MeshConfig
        {
            Metadata = new() { Name = MeshConfig.DefaultName },
            Spec = new() { Defaults = new() { LoadBalancer = new() { Algorithm = Algorithm.Random } } },
        });

        Assert.Equal(LoadBalancerAlgorithm.Random, (await proxy.NextUpdateAsync()).Policy.LoadBalancer.Algorithm);
    }

    [Fact]
    public async Task MuchThatIsDueAtOnce_ComesInOrder()
    {
        const int Services = 40;
        const int Each = 100;
        await using var mesh = await TestOperator.StartAsync();
        var names = Enumerable.Range(0, Services).Select(i => $"service-{i}").ToList();
        mesh.Upsert([.. names.Select(name => Given.Service(name)),
            .. names.Select(name => Given.Slice(name, [.. Enumerable.Range(0, Each).Select(i => Given.Endpoint($"10.0.{i / 250}.{i % 250}", pod: $"{name}-{i}"))]))]);
        using var proxy = await mesh.ConnectAsync();

        foreach (var name in names) await proxy.SubscribeAsync(name);

        var resolved = new HashSet<string>();
        var updated = new HashSet<string>();
        while (updated.Count < Services)
        {
            var message = await proxy.NextAsync();
            if (message.Resolution is { } resolution) Assert.True(resolved.Add(resolution.Destination));
            else
            {
                Assert.Contains(message.Update.Destination, resolved);
                Assert.Equal(Each, message.Update.Endpoints.Count);
                Assert.True(updated.Add(message.Update.Destination));
            }
        }
    }

    [Fact]
    public async Task ManyProxies_ShareWhatIsSerialisedOnce()
    {
        await using var mesh = await StartAsync("10.0.0.1", "10.0.0.2", "10.0.0.3");
        var proxies = new List<TestProxy>();
        for (var i = 0; i < 10; i++) proxies.Add(await mesh.ConnectAsync($"proxy-{i}", $"namespace-{i}"));
        foreach (var proxy in proxies) await proxy.SubscribedAsync("catalog.shop");

        mesh.Upsert(Slice("10.0.0.1", "10.0.0.2"));
        foreach (var proxy in proxies) await proxy.NextUpdateAsync();

        Assert.Equal(2, mesh.Count("mesh_operator_updates_encoded"));
        foreach (var proxy in proxies) proxy.Dispose();
    }

    private static Task<TestOperator> StartAsync(params string[] addresses) => StartAsync(TestOperator.StartAsync(), addresses);

    private static async Task<TestOperator> StartAsync(Task<TestOperator> starting, string[] addresses)
    {
        var mesh = await starting;
        mesh.Upsert(Given.Service("catalog"), Slice(addresses));
        return mesh;
    }

    private static V1EndpointSlice Slice(params string[] addresses) => Given.Slice("catalog", [.. addresses.Select(address => Given.Endpoint(address))]);

    private static IEnumerable<string> Endpoints(DestinationUpdate update) => update.Endpoints.Select(e => Authority.EndpointKey(e.Address, (int)e.Port));
}
