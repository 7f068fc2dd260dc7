using System.Net;
using Mesh.Api.Discovery;
using Mesh.Proxy.Discovery;
using Mesh.Proxy.Listening;
using Mesh.Proxy.Outbound;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Tests.Routing;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Proxy.Tests.Outbound;

public class OutboundConnectionsTests
{
    private static readonly OriginalDestination Somewhere = new(new(IPAddress.Parse("10.0.0.7"), 8080));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ConnectionThatWasNotRedirected_IsForTheHttpProxy()
    {
        await using var proxy = await TestProxy.StartAsync();

        var plan = await RouteAsync(proxy, null);

        Assert.True(plan.IsHttp);
        Assert.NotNull(plan.Tunnels);
        Assert.Null(plan.Tcp);
    }

    [Fact]
    public async Task AddressThatTheMeshDoesNotKnow_IsRelayedAsItIs_AndNotWaitedFor()
    {
        await using var proxy = await TestProxy.StartAsync();
        var plan = await RouteAsync(proxy, Somewhere);

        Assert.Equal(AppProtocol.Opaque, plan.Protocol);
        Assert.NotNull(plan.Tcp);
    }

    [Fact]
    public async Task AddressThatNoOperatorCanTellOf_IsRelayedAsItIs()
    {
        await using var proxy = await TestProxy.StartAsync(_ => throw new MeshException(MeshErrorCode.DiscoveryUnavailable, "nobody"));

        Assert.Equal(AppProtocol.Opaque, (await RouteAsync(proxy, Somewhere)).Protocol);
    }

    [Fact]
    public void Unanswered_IsRememberedForAMoment_AndBounded()
    {
        var clock = new FakeTimeProvider();
        var unanswered = new UnansweredAuthorities(clock);
        unanswered.Add(Somewhere.Authority);
        Assert.True(unanswered.Contains(Somewhere.Authority));
        clock.Advance(TimeSpan.FromSeconds(10));
        Assert.False(unanswered.Contains(Somewhere.Authority));

        unanswered.Add(Somewhere.Authority);
        for (var port = 1; port <= UnansweredAuthorities.Capacity; port++) unanswered.Add(Authority.Of(new(IPAddress.Loopback, port)));
        Assert.False(unanswered.Contains(Somewhere.Authority));
    }

    [Fact]
    public async Task AddressOfADestination_GoesThere_WhateverItSpeaks()
    {
        Authority? asked = null;
        var destination = NewDestination(AppProtocol.Detect);
        await using var proxy = await TestProxy.StartAsync(authority =>
        {
            asked = authority;
            return destination;
        });
        var plan = await RouteAsync(proxy, Somewhere);

        Assert.Equal("10.0.0.7:8080", asked.ToString());
        Assert.Equal(AppProtocol.Detect, plan.Protocol);
        Assert.NotNull(plan.Tcp);
    }

    [Theory]
    [InlineData(AppProtocol.Opaque, 80, AppProtocol.Opaque)]
    [InlineData(AppProtocol.Http2, 80, AppProtocol.Http2)]
    [InlineData(AppProtocol.Detect, 3306, AppProtocol.Detect)]
    [InlineData(AppProtocol.Unspecified, 3306, AppProtocol.Opaque)]
    [InlineData(AppProtocol.Unspecified, 80, AppProtocol.Unspecified)]
    public async Task PortsProtocol_Decides(AppProtocol said, int port, AppProtocol planned)
    {
        await using var proxy = await TestProxy.StartAsync(_ => NewDestination(said));

        Assert.Equal(planned, (await RouteAsync(proxy, new(new(IPAddress.Parse("10.0.0.7"), port)))).Protocol);
    }

    [Fact]
    public async Task AddressOfThisProxy_IsRefused()
    {
        await using var proxy = await TestProxy.StartAsync();

        Assert.Equal(ConnectionRefusal.Loop, (await RouteAsync(proxy, new(proxy.Outbound))).Refusal);
    }

    private static ValueTask<ConnectionPlan> RouteAsync(TestProxy proxy, OriginalDestination? original) =>
        proxy.Services.GetRequiredService<OutboundConnections>().RouteAsync(original, Cancellation);

    private static Destination NewDestination(AppProtocol protocol)
    {
        var destination = new LiveDestination(Updates.Catalog, new Random(1), TimeProvider.System);
        var update = Updates.Whole(1, Policies.Default(), "10.1.0.1:80");
        update.Protocol = protocol;
        destination.Apply(update);
        return destination.Current!;
    }
}
