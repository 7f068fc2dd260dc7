using Google.Protobuf;
using Mesh.Api.Discovery;

namespace Mesh.Operator.Tests.Discovery;

/// <summary>Proxies of other versions: what earlier ones say is understood, what later ones add is passed over.</summary>
public sealed class VersionSkewTests
{
    // Field 99, a varint of 1.
    private static readonly byte[] Unknown = [0x98, 0x06, 0x01];

    private static readonly string Golden = Path.Combine(AppContext.BaseDirectory, "Golden");

    public static TheoryData<string> Versions() => [.. Directory.GetDirectories(Golden).Select(folder => Path.GetFileName(folder))];

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task WhatAProxyOfAVersionSays_IsUnderstood(string version)
    {
        await using var mesh = await TestOperator.StartAsync();
        mesh.Upsert(Given.Service("catalog"));
        using var proxy = TestProxy.Open(mesh.Channel());

        foreach (var message in Recorded(version)) await proxy.SendAsync(message);

        Assert.NotEmpty((await proxy.NextAsync()).Welcome.Version);
        await StillServesAsync(proxy);
    }

    [Fact]
    public async Task LaterProxysMessagesAndFields_ArePassedOver()
    {
        await using var mesh = await TestOperator.StartAsync();
        mesh.Upsert(Given.Service("catalog"));
        using var proxy = TestProxy.Open(mesh.Channel());

        await proxy.SendAsync(new() { Hello = Later(new Hello { Proxy = "frontend-1", Namespace = "shop" }) });
        await proxy.SendAsync(Later(new ProxyMessage()));
        await proxy.SendAsync(new() { Acknowledge = Later(new Acknowledge { Destination = "workload", Version = 1 }) });
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

    private static T Later<T>(T message)
        where T : IMessage<T>, new()
    {
        var later = new T();
        later.MergeFrom([.. message.ToByteArray(), .. Unknown]);
        return later;
    }

    private static List<ProxyMessage> Recorded(string version)
    {
        using var bytes = File.OpenRead(Path.Combine(Golden, version, "proxy.binpb"));
        var messages = new List<ProxyMessage>();
        while (bytes.Position < bytes.Length) messages.Add(ProxyMessage.Parser.ParseDelimitedFrom(bytes));
        return messages;
    }
}
