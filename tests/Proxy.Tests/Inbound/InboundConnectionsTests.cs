using System.Net;
using Mesh.Api.Discovery;
using Mesh.Proxy.Inbound;
using Mesh.Proxy.Listening;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Tests.Inbound;

public class InboundConnectionsTests
{
    [Fact]
    public async Task ConnectionThatWasNotRedirected_IsRefused()
    {
        await using var proxy = await TestProxy.StartAsync();

        Assert.Equal(ConnectionRefusal.NotRedirected, (await RouteAsync(proxy, null)).Refusal);
    }

    [Fact]
    public async Task ConnectionToAnotherHost_IsRefused()
    {
        await using var proxy = await TestProxy.StartAsync();

        Assert.Equal(ConnectionRefusal.NotOfThisHost, (await RouteAsync(proxy, new(IPAddress.Parse("192.0.2.1"), 8080))).Refusal);
    }

    [Fact]
    public async Task ConnectionToThisProxy_IsRefused()
    {
        await using var proxy = await TestProxy.StartAsync();

        Assert.Equal(ConnectionRefusal.Loop, (await RouteAsync(proxy, proxy.Admin)).Refusal);
    }

    [Fact]
    public async Task ConnectionToThisHost_GoesOnToItsPort()
    {
        await using var proxy = await TestProxy.StartAsync();
        var plan = await RouteAsync(proxy, new(IPAddress.Loopback, 8080));

        Assert.Null(plan.Refusal);
        Assert.NotNull(plan.Tcp);
    }

    [Theory]
    [InlineData(AppProtocol.Http1)]
    [InlineData(AppProtocol.Opaque)]
    public async Task ServiceThatSaysWhatItSpeaks_IsBelieved(AppProtocol protocol)
    {
        Destination? service = null;
        await using var proxy = await TestProxy.StartAsync(inbound: () => service);
        IPEndPoint application = new(IPAddress.Loopback, 8080);

        Assert.Equal(AppProtocol.Unspecified, (await RouteAsync(proxy, application)).Protocol);
        service = new("shop/catalog:80#inbound", new(), new(new HttpClientHandler())) { Protocol = protocol };
        Assert.Equal(protocol, (await RouteAsync(proxy, application)).Protocol);
    }

    private static ValueTask<ConnectionPlan> RouteAsync(TestProxy proxy, IPEndPoint? original) =>
        proxy.Services.GetRequiredService<InboundConnections>().RouteAsync(original is null ? null : new(original), TestContext.Current.CancellationToken);
}
