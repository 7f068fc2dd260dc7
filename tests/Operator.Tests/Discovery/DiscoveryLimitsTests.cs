using Grpc.Core;
using k8s.Models;
using Mesh.Api.Discovery;
using Mesh.Operator.Discovery;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Operator.Tests.Discovery;

public sealed class DiscoveryLimitsTests
{
    [Fact]
    public async Task StreamThatDoesNotBeginWithHello_Ends()
    {
        await using var mesh = await TestOperator.StartAsync();
        using var proxy = TestProxy.Open(mesh.Channel());

        await proxy.SubscribeAsync("catalog");

        var status = await proxy.EndAsync();
        Assert.Equal((StatusCode.InvalidArgument, "expected hello, found Subscribe"), (status.StatusCode, status.Detail));
    }

    [Fact]
    public async Task HelloThatDoesNotCome_EndsTheStream()
    {
        var time = new FakeTimeProvider();
        await using var mesh = await TestOperator.StartAsync(time: time);
        using var proxy = TestProxy.Open(mesh.Channel());

        var ending = proxy.EndAsync();
        while (!ending.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        var status = await ending;
        Assert.Equal((StatusCode.DeadlineExceeded, "expected hello within 10 s"), (status.StatusCode, status.Detail));
    }

    [Theory]
    [InlineData("", "shop", "hello.proxy: found 0 characters, expected 1 to 253")]
    [InlineData("proxy", "", "hello.namespace: found 0 characters, expected 1 to 253")]
    public async Task HelloWithoutNames_EndsTheStream(string name, string space, string detail)
    {
        await using var mesh = await TestOperator.StartAsync();
        using var proxy = TestProxy.Open(mesh.Channel());

        await proxy.SendAsync(new() { Hello = new() { Proxy = name, Namespace = space } });

        var status = await proxy.EndAsync();
        Assert.Equal((StatusCode.InvalidArgument, detail), (status.StatusCode, status.Detail));
    }

    [Fact]
    public async Task AuthorityTooLong_EndsTheStream()
    {
        await using var mesh = await TestOperator.StartAsync();
        using var proxy = await mesh.ConnectAsync();

        await proxy.SubscribeAsync(new string('a', 261));

        var status = await proxy.EndAsync();
        Assert.Equal((StatusCode.InvalidArgument, "subscribe.authority: found 261 characters, expected 1 to 260"), (status.StatusCode, status.Detail));
    }

    [Fact]
    public async Task KnownDestinationTooLong_EndsTheStream()
    {
        await using var mesh = await TestOperator.StartAsync();
        using var proxy = await mesh.ConnectAsync();

        await proxy.SubscribeAsync("catalog", new string('a', 681), 1);

        var status = await proxy.EndAsync();
        Assert.Equal((StatusCode.InvalidArgument, "subscribe.known_destination: found 681 characters, expected 0 to 680"), (status.StatusCode, status.Detail));
    }

    [Fact]
    public async Task ConnectionOfAge_IsAskedToGo_AndItsProxyMissesNothing()
    {
        var time = new FakeTimeProvider();
        await using var mesh = await TestOperator.StartAsync(time: time);
        mesh.Upsert(Given.Service("catalog"), Given.Slice("catalog", Given.Endpoint("10.0.0.1")));
        using var proxy = await mesh.ConnectAsync();
        var known = await proxy.SubscribedAsync("catalog");
        time.Advance(TimeSpan.FromMinutes(23));
        mesh.Upsert(Given.Slice("catalog", Given.Endpoint("10.0.0.2")));
        known = await proxy.NextUpdateAsync();

        time.Advance(TimeSpan.FromMinutes(14));

        AssertAskedToGo(await proxy.EndAsync(), "proxies are spread over the operator's replicas again");
        using var again = await mesh.ConnectAsync();
        await again.SubscribeAsync("catalog", known.Destination, known.Version);
        await again.NextResolutionAsync();
        mesh.Upsert(Given.Slice("catalog", Given.Endpoint("10.0.0.3")));
        Assert.Equal("10.0.0.3", Assert.Single((await again.NextUpdateAsync()).Endpoints).Address);
    }

    [Fact]
    public async Task AgeOfZero_LetsConnectionsStay()
    {
        var time = new FakeTimeProvider();
        await using var mesh = await TestOperator.StartAsync(new DiscoveryLimits { ConnectionAge = TimeSpan.Zero }, time);
        mesh.Upsert(Given.Service("catalog"), Given.Slice("catalog", Given.Endpoint("10.0.0.1")));
        using var proxy = await mesh.ConnectAsync();

        time.Advance(TimeSpan.FromDays(30));

        Assert.Equal("shop/catalog:80", (await proxy.SubscribedAsync("catalog")).Destination);
    }

    [Fact]
    public async Task TooManySubscriptions_EndTheStream()
    {
        await using var mesh = await TestOperator.StartAsync(new DiscoveryLimits { Subscriptions = 2 });
        using var proxy = await mesh.ConnectAsync();
        foreach (var authority in (string[])["a", "b", "a", "c"]) await proxy.SubscribeAsync(authority);

        Assert.Equal(StatusCode.ResourceExhausted, (await proxy.EndAsync()).StatusCode);
    }

    [Fact]
    public async Task ProxyThatAsksTooOften_IsSentAway_UntilItsShareIsThere_AndNobodyElseIs()
    {
        const string Detail = "found more than 4 subscriptions in a row, expected at most that many, and 0.5 a second after that; trying later helps";
        var time = new FakeTimeProvider();
        await using var mesh = await TestOperator.StartAsync(new DiscoveryLimits { Subscriptions = 2, SubscriptionsASecond = 0.5 }, time);
        using var hostile = await mesh.ConnectAsync("hostile");
        for (var i = 0; i < 4; i++)
        {
            await hostile.SubscribeAsync($"made-up-{i}");
            await hostile.NextResolutionAsync();
            await hostile.UnsubscribeAsync($"made-up-{i}");
        }

        await hostile.SubscribeAsync("one-more");
        var ended = await hostile.EndAsync();
        using var again = await SaidHelloAsync(mesh, "hostile");
        var refused = await again.EndAsync();
        using var other = await mesh.ConnectAsync("other");
        await other.SubscribeAsync("nobody");
        Assert.Equal((StatusCode.ResourceExhausted, Detail), (ended.StatusCode, ended.Detail));
        Assert.Equal((StatusCode.ResourceExhausted, Detail), (refused.StatusCode, refused.Detail));
        Assert.Equal("nobody", (await other.NextResolutionAsync()).Authority);

        // Enough for all that it may have at a time.
        time.Advance(TimeSpan.FromSeconds(4));
        using var back = await mesh.ConnectAsync("hostile");
        foreach (var authority in (string[])["a", "b"])
        {
            await back.SubscribeAsync(authority);
            Assert.Equal(authority, (await back.NextResolutionAsync()).Authority);
        }
    }

    [Fact]
    public async Task MessageTooLarge_EndsTheStream()
    {
        await using var mesh = await TestOperator.StartAsync();
        using var proxy = await mesh.ConnectAsync();

        // The operator may end the stream while the message is still being written; why it did is what EndAsync tells.
        await Record.ExceptionAsync(() => proxy.RefuseAsync(new(), new string('x', 20_000)));

        Assert.Equal(StatusCode.ResourceExhausted, (await proxy.EndAsync()).StatusCode);
    }

    [Fact]
    public async Task SecondStreamOfOneProxy_EndsTheFirst()
    {
        await using var mesh = await TestOperator.StartAsync();
        using var first = await mesh.ConnectAsync("proxy-0");
        using var second = await mesh.ConnectAsync("proxy-0");

        Assert.Equal(StatusCode.Aborted, (await first.EndAsync()).StatusCode);
        await second.SubscribeAsync("nobody");
        Assert.Equal("nobody", (await second.NextResolutionAsync()).Authority);
    }

    [Fact]
    public async Task ProxyThatDoesNotRead_HoldsNobodyUpAndIsOwedTheNewestOnly()
    {
        const int Changes = 40;
        await using var mesh = await TestOperator.StartAsync();
        mesh.Upsert(Given.Service("catalog"), Many(0));
        using var slow = await mesh.ConnectAsync("slow");
        using var fast = await mesh.ConnectAsync("fast");
        await slow.SubscribeAsync("catalog");
        await slow.NextResolutionAsync();
        var newest = await fast.SubscribedAsync("catalog");

        for (var i = 1; i <= Changes; i++)
        {
            mesh.Upsert(Many(i));
            newest = await fast.NextUpdateAsync();
        }

        var received = 0;
        DestinationUpdate update;
        do
        {
            update = await slow.NextUpdateAsync();
            received++;
        }
        while (update.Version != newest.Version);
        Assert.True(received < Changes, $"the slow proxy was sent {received} of {Changes} versions");
    }

    [Fact]
    public async Task Shutdown_EndsStreamsAndTheHost()
    {
        await using var mesh = await TestOperator.StartAsync();
        using var proxy = await mesh.ConnectAsync();
        var ending = proxy.EndAsync();

        await mesh.StopAsync().WaitAsync(TestProxy.Patience, TestContext.Current.CancellationToken);

        AssertAskedToGo(await ending, "the operator is shutting down");
    }

    // .NET's client drops the trailers of an answer that it has not read yet where it still sends on that stream and the connection
    // closes; it then says only that the connection was closed in peace.
    private static void AssertAskedToGo(Grpc.Core.Status status, string reason) => Assert.True(
        status is { StatusCode: StatusCode.Unavailable } && status.Detail == reason || status is { StatusCode: StatusCode.Internal, DebugException: HttpProtocolException { ErrorCode: 0 } },
        status.ToString());

    private static async Task<TestProxy> SaidHelloAsync(TestOperator mesh, string name)
    {
        var proxy = TestProxy.Open(mesh.Channel());
        await proxy.SendAsync(new() { Hello = new() { Proxy = name, Namespace = "shop" } });
        return proxy;
    }

    // About 200 kB, and no version shares an endpoint with the one before: several times what HTTP/2 lets through unread.
    private static V1EndpointSlice Many(int version) =>
        Given.Slice("catalog", [.. Enumerable.Range(0, 5000).Select(i => Given.Endpoint($"10.{version}.{i / 250}.{i % 250}", pod: $"catalog-{version}-{i}"))]);
}
