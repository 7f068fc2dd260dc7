using System.Net;
using Mesh.Api.Discovery;
using Mesh.Proxy.LoadBalancing;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Tests.Forwarding;
using Mesh.Proxy.Tests.Routing;

namespace Mesh.Proxy.Tests.Discovery;

public sealed class DiscoveryClientTests
{
    private const string A = "10.0.0.1:80", B = "10.0.0.2:80";

    [Fact]
    public async Task FirstRequests_ShareOneSubscriptionAndGetTheDestination()
    {
        await using var @operator = await FakeOperator.StartAsync();
        await using var proxy = await RunningProxy.StartAsync(@operator.Address);
        var stream = await @operator.NextStreamAsync();
        Assert.Equal(("frontend-1", "shop", "node-1"), (stream.Hello.Proxy, stream.Hello.Namespace, stream.Hello.Node));

        var requests = Enumerable.Range(0, 10).Select(i => proxy.FindAsync(i % 2 == 0 ? "catalog" : "CATALOG:80")).ToArray();
        Assert.Equal(new Subscribe { Authority = "catalog:80" }, (await stream.NextAsync()).Subscribe);
        await stream.ResolveAsync("catalog:80", Updates.Catalog);
        await stream.SendAsync(Updates.Whole(7, Policies.Default(), A));

        var destinations = await Task.WhenAll(requests);
        Assert.All(destinations, destination => Assert.Equal(Updates.Catalog, destination!.Name));
        Assert.Equal(new Acknowledge { Destination = Updates.Catalog, Version = 7 }, (await stream.NextAsync()).Acknowledge);
        Assert.True(proxy.FindAsync("catalog").IsCompletedSuccessfully);
    }

    [Fact]
    public async Task AuthorityThatIsNoDestination_PassesThrough()
    {
        await using var @operator = await FakeOperator.StartAsync();
        await using var proxy = await RunningProxy.StartAsync(@operator.Address);
        var stream = await @operator.NextStreamAsync();

        var request = proxy.FindAsync("example.com");
        await stream.NextAsync();
        await stream.ResolveAsync("example.com:80", "");
        Assert.Null(await request);
        Assert.Equal(["example.com:80"], proxy.Table.UnknownAuthorities());
    }

    [Fact]
    public async Task Delta_IsAppliedAndAcknowledged()
    {
        await using var @operator = await FakeOperator.StartAsync();
        await using var proxy = await RunningProxy.StartAsync(@operator.Address);
        var stream = await SubscribedAsync(@operator, proxy);

        await stream.SendAsync(Updates.Delta(7, 8, added: [B], removed: [A]));
        Assert.Equal(8ul, (await stream.NextAsync()).Acknowledge.Version);
        Assert.Equal([B], EndpointsOf(proxy));
    }

    [Fact]
    public async Task VersionThatCantBeUsed_IsRefusedAndWhatWasThereStays()
    {
        await using var @operator = await FakeOperator.StartAsync();
        await using var proxy = await RunningProxy.StartAsync(@operator.Address);
        var stream = await SubscribedAsync(@operator, proxy);
        var badAddress = Updates.Whole(9, Policies.Default(), A);
        badAddress.Endpoints[0].Address = "catalog-1";

        foreach (var (update, reason) in new[]
        {
            (Updates.Delta(6, 8, added: [B]), "base_version"),
            (badAddress, "catalog-1"),
            (Updates.Whole(10, Policies.Default(policy => policy.LoadBalancer.Algorithm = (LoadBalancerAlgorithm)99), B), "policy.load_balancer.algorithm: found 99"),
            (Updates.Whole(11, Policies.RetryingOn((RetryCondition)99), B), "policy.retries.on: found 99"),
            (Updates.Whole(12, Policies.Default(policy => policy.Timeouts.Connect = null), B), "policy.timeouts.connect"),
            (Updates.Whole(13, null!, B), "policy"),
            (Updates.Whole(15, Policies.Default(policy => policy.RateLimit = new() { Total = new() { Requests = 1 } }), B), "policy.rate_limit.total.per: found nothing"),
            (Updates.Whole(16, Policies.Default(policy => policy.RateLimit = new() { Caller = new() { Per = new() { Seconds = 1 } } }), B), "policy.rate_limit.caller.requests: found 0"),
            (Updates.Whole(17, Policies.Default(policy => policy.Concurrency = new() { Adaptive = new() { MinLimit = 2, MaxLimit = 1 } }), B), "policy.concurrency.adaptive: found 2 to 1"),
        })
        {
            await stream.SendAsync(update);
            var refusal = (await stream.NextAsync()).Refuse;
            Assert.Equal(update.Version, refusal.Version);
            Assert.Contains(reason, refusal.Reason, StringComparison.Ordinal);
        }
        Assert.Equal([A], EndpointsOf(proxy));

        await stream.SendAsync(Updates.Whole(14, Policies.Default(), B));
        Assert.Equal(14ul, (await stream.NextAsync()).Acknowledge.Version);
        Assert.Equal([B], EndpointsOf(proxy));
    }

    [Fact]
    public async Task StreamThatBreaks_IsOpenedAgainWithWhatIsKnown()
    {
        await using var @operator = await FakeOperator.StartAsync();
        await using var proxy = await RunningProxy.StartAsync(@operator.Address);
        var stream = await SubscribedAsync(@operator, proxy);
        stream.Cut();

        stream = await @operator.NextStreamAsync();
        Assert.Equal(
            new Subscribe { Authority = "catalog:80", KnownDestination = Updates.Catalog, KnownVersion = 7 },
            (await stream.NextAsync()).Subscribe);
        await stream.SendAsync(Updates.Delta(7, 8, added: [B]));
        Assert.Equal(8ul, (await stream.NextAsync()).Acknowledge.Version);
        Assert.Equal([A, B], EndpointsOf(proxy));
    }

    [Fact]
    public async Task WhatAShadowPolicyWouldHaveDone_ReachesTheOperator()
    {
        await using var backend = await Backend.StartAsync(context => context.Response.WriteAsync("a"));
        await using var @operator = await FakeOperator.StartAsync();
        await using var proxy = await RunningProxy.StartAsync(@operator.Address, options => options with { ShadowReportInterval = TimeSpan.FromMilliseconds(20) });
        var stream = await SubscribedAsync(@operator, proxy, backend.Address);
        var update = Updates.Delta(7, 8);
        update.Shadow = Policies.Default(policy => policy.Faults.Add(new Fault { Share = 10_000, Status = 503 }));
        update.Shadow.Sources.Add(new PolicySource { Namespace = "shop", Name = "tried", Generation = 1 });
        await stream.SendAsync(update);
        await stream.NextAsync();

        using (var trace = new RequestTrace())
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "http://mesh/");
            request.Options.Set(RequestTrace.Key, trace);
            using var response = await (await proxy.FindAsync("catalog"))!.Invoker.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }
        Assert.Equal(
            new ShadowReport { Destination = Updates.Catalog, Version = 8, Requests = 1, Decisions = { new ShadowDecision { Decision = "fault-abort", Count = 1 } } },
            (await stream.NextAsync()).ShadowReport);
    }

    [Fact]
    public async Task OperatorThatIsGone_IsNotNeededForWhatIsKnown()
    {
        await using var backend = await Backend.StartAsync(context => context.Response.WriteAsync("still here"));
        var @operator = await FakeOperator.StartAsync();
        await using var proxy = await RunningProxy.StartAsync(@operator.Address, options => options with { ResolutionTimeout = TimeSpan.FromMilliseconds(100) });
        await SubscribedAsync(@operator, proxy, backend.Address);
        await @operator.DisposeAsync();
        while (proxy.Table.Connected) await Task.Delay(5, TestContext.Current.CancellationToken);

        using var trace = new RequestTrace();
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://mesh/");
        request.Options.Set(RequestTrace.Key, trace);
        var destination = await proxy.FindAsync("catalog");
        using var response = await destination!.Invoker.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);

        var failure = await Assert.ThrowsAsync<MeshException>(() => proxy.FindAsync("payments"));
        Assert.Equal(MeshErrorCode.DiscoveryUnavailable, failure.Code);
    }

    [Fact]
    public async Task OperatorThatWasNeverThere_IsSaidToBeUnavailable()
    {
        using var refusing = new RefusingPort();
        await using var proxy = await RunningProxy.StartAsync(new($"http://{refusing.Address}"), options => options with { ResolutionTimeout = TimeSpan.FromMilliseconds(100) });
        var failure = await Assert.ThrowsAsync<MeshException>(() => proxy.FindAsync("catalog"));
        Assert.Equal(MeshErrorCode.DiscoveryUnavailable, failure.Code);
        Assert.Contains("catalog:80", failure.Message, StringComparison.Ordinal);
        Assert.False(proxy.Table.HasConnected);
    }

    [Fact]
    public async Task RequestThatWaits_BringsTheNextTryForward()
    {
        await using var @operator = await FakeOperator.StartAsync();
        await using var proxy = await RunningProxy.StartAsync(@operator.Address, options => options with { ReconnectMax = TimeSpan.FromHours(1) });
        // Broken off so often that the wait for the next try would be minutes.
        var request = proxy.FindAsync("catalog");
        for (var i = 0; i < 14; i++) (await @operator.NextStreamAsync()).Cut();

        var stream = await @operator.NextStreamAsync();
        await stream.NextAsync();
        await stream.ResolveAsync("catalog:80", "");
        Assert.Null(await request);
    }

    private static async Task<OperatorStream> SubscribedAsync(FakeOperator @operator, RunningProxy proxy, string endpoint = A)
    {
        var stream = await @operator.NextStreamAsync();
        var request = proxy.FindAsync("catalog");
        Assert.Equal("catalog:80", (await stream.NextAsync()).Subscribe.Authority);
        await stream.ResolveAsync("catalog:80", Updates.Catalog);
        await stream.SendAsync(Updates.Whole(7, Policies.Default(), endpoint));
        Assert.Equal(7ul, (await stream.NextAsync()).Acknowledge.Version);
        // On a busy machine all that may take longer than a request waits.
        await Record.ExceptionAsync(() => request);
        Assert.NotNull(await proxy.FindAsync("catalog"));
        return stream;
    }

    private static List<string> EndpointsOf(RunningProxy proxy) =>
        [.. Assert.Single(proxy.Table.Destinations()).Endpoints.Where(endpoint => endpoint.State == EndpointState.Available).Select(endpoint => endpoint.Address).Order()];
}
