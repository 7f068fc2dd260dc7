using Mesh.Api.Discovery;
using Mesh.Api.Tests.Discovery;

namespace Mesh.Operator.Tests.Discovery;

/// <summary>Proxies of other versions: what earlier ones say is understood, what later ones add is passed over.</summary>
public sealed class VersionSkewTests
{
    [Theory]
    [MemberData(nameof(OtherVersions.Recorded), MemberType = typeof(OtherVersions))]
    public async Task WhatAProxyOfAVersionSays_IsUnderstood(string version)
    {
        await using var mesh = await TestOperator.StartAsync();
        mesh.Upsert(Given.Service("catalog"));
        using var proxy = TestProxy.Open(mesh.Channel());

        foreach (var message in OtherVersions.Said(version, "proxy", ProxyMessage.Parser)) await proxy.SendAsync(message);

        Assert.NotEmpty((await proxy.NextAsync()).Welcome.Version);
        await StillServesAsync(proxy);
    }

    [Fact]
    public async Task LaterProxysMessagesAndFields_ArePassedOver()
    {
        await using var mesh = await TestOperator.StartAsync();
        mesh.Upsert(Given.Service("catalog"));
        using var proxy = TestProxy.Open(mesh.Channel());

        await proxy.SendAsync(new() { Hello = OtherVersions.Later(new Hello { Proxy = "frontend-1", Namespace = "shop" }) });
        await proxy.SendAsync(OtherVersions.Later(new ProxyMessage()));
        await proxy.SendAsync(new() { Acknowledge = OtherVersions.Later(new Acknowledge { Destination = "workload", Version = 1 }) });
        await proxy.SendAsync(new() { ShadowReport = new() { Destination = "shop/catalog:80", Decisions = { new ShadowDecision { Decision = "of a later kind", Count = 1 } } } });

        Assert.NotNull((await proxy.NextAsync()).Welcome);
        await StillServesAsync(proxy);
    }

    [Fact]
    public async Task ProxyFromBeforeVersionsAndNodes_IsServed()
    {
        await using var mesh = await TestOperator.StartAsync();
        mesh.Upsert(Given.Service("catalog"));
        using var proxy = TestProxy.Open(mesh.Channel());

        await proxy.SendAsync(new() { Hello = new() { Proxy = "frontend-1", Namespace = "shop" } });

        Assert.NotNull((await proxy.NextAsync()).Welcome);
        await StillServesAsync(proxy);
    }

    private static async Task StillServesAsync(TestProxy proxy)
    {
        await proxy.SubscribeAsync("catalog.shop:80");
        while (await proxy.NextAsync() is var message)
        {
            if (message.Resolution is { Destination: "shop/catalog:80" }) return;
        }
    }
}
