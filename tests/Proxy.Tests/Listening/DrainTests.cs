using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Mesh.Proxy.Listening;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mesh.Proxy.Tests.Listening;

public class DrainTests
{
    private const string Request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task LameDuck_ServesWhoComes_AndAsksThemToGo()
    {
        await using var application = await TestApplication.StartAsync(context => context.Response.WriteAsync("served"));
        await using var proxy = await TestProxy.StartAsync(application: application.Address, drainGrace: TimeSpan.FromMinutes(5), drainTimeout: TimeSpan.FromMinutes(10));
        using var early = await RawClient.ConnectAsync(proxy.Inbound);
        await early.SendAsync(Request);
        Assert.DoesNotContain("Connection: close", await early.ReadUntilAsync("served\r\n0\r\n\r\n"), StringComparison.Ordinal);

        var stopping = proxy.StopAsync(Cancellation);
        await BeganAsync(proxy);
        using var late = await RawClient.ConnectAsync(proxy.Inbound);
        await late.SendAsync(Request);
        Assert.Contains("Connection: close", await late.ReadToEndAsync(), StringComparison.Ordinal);
        // It has been idle until now, and has not been told: what it sends now is served all the same.
        await early.SendAsync(Request);
        Assert.Contains("Connection: close", await early.ReadToEndAsync(), StringComparison.Ordinal);
        await stopping;
    }

    [Fact]
    public async Task LameDuck_SaysGoAwayAtOnce_OverHttp2()
    {
        await using var application = await TestApplication.StartAsync(_ => Task.CompletedTask);
        await using var proxy = await TestProxy.StartAsync(application: application.Address, drainGrace: TimeSpan.FromMinutes(5), drainTimeout: TimeSpan.FromMinutes(10));
        using var client = await RawClient.ConnectAsync(proxy.Inbound);
        await client.SendAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u0004\0\0\0\0\0");
        await client.ReadUntilAsync("\0\0\0\u0004\u0001");
        var stopping = proxy.StopAsync(Cancellation);

        // GOAWAY (type 7), 8 bytes, on stream 0.
        Assert.Contains("\0\0\u0008\u0007\0\0\0\0\0", await client.ReadToEndAsync(), StringComparison.Ordinal);
        await stopping;
    }

    [Fact]
    public async Task LameDuck_ServesNewHttp2ConnectionsWhole()
    {
        await using var application = await TestApplication.StartAsync(context => context.Response.WriteAsync("served"), HttpProtocols.Http2);
        await using var proxy = await TestProxy.StartAsync(application: application.Address, drainGrace: TimeSpan.FromMinutes(5), drainTimeout: TimeSpan.FromMinutes(10));
        proxy.Services.GetRequiredService<Drain>().Begin();
        var connections = 0;
        using var client = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (context, cancellationToken) =>
            {
                Interlocked.Increment(ref connections);
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        })
        {
            BaseAddress = new($"http://{proxy.Inbound}"),
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        for (var i = 0; i < 10; i++) Assert.Equal("served", await client.GetStringAsync("/", Cancellation));
        Assert.Equal(1, connections);
    }

    [Fact]
    public async Task LameDuck_LeavesOutboundAsItIs()
    {
        await using var application = await TestApplication.StartAsync(context => context.Response.WriteAsync("served"));
        await using var proxy = await TestProxy.StartAsync(application: application.Address);
        proxy.Services.GetRequiredService<Drain>().Begin();
        using var client = await RawClient.ConnectAsync(proxy.Outbound);
        for (var i = 0; i < 2; i++)
        {
            await client.SendAsync($"GET / HTTP/1.1\r\nHost: {application.Address}\r\n\r\n");
            Assert.DoesNotContain("Connection: close", await client.ReadUntilAsync("served\r\n0\r\n\r\n"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task DrainPage_BeginsIt_AndReadySaysSo()
    {
        await using var application = await TestApplication.StartAsync(context => context.Response.WriteAsync("served"));
        await using var proxy = await TestProxy.StartAsync(application: application.Address);
        using var admin = TestProxy.NewClient(proxy.Admin);
        Assert.False(await IsDrainingAsync(await admin.GetAsync(new Uri("/drain", UriKind.Relative), Cancellation)));
        Assert.True(await IsDrainingAsync(await admin.PostAsync(new Uri("/drain", UriKind.Relative), content: null, Cancellation)));

        using var ready = await admin.GetAsync(new Uri("/ready", UriKind.Relative), Cancellation);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Contains("about to go", await ready.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        using var client = await RawClient.ConnectAsync(proxy.Inbound);
        await client.SendAsync(Request);
        Assert.Contains("Connection: close", await client.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task DrainPage_IsNotForPagesOnTheWeb()
    {
        await using var proxy = await TestProxy.StartAsync();
        using var admin = TestProxy.NewClient(proxy.Admin);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/drain") { Headers = { { "Origin", "http://example.com" } } };
        using var answer = await admin.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.False(proxy.Services.GetRequiredService<Drain>().HasBegun);
    }

    private static async Task BeganAsync(TestProxy proxy)
    {
        var drain = proxy.Services.GetRequiredService<Drain>();
        await Condition.HoldsAsync(() => drain.HasBegun);
    }

    private static async Task<bool> IsDrainingAsync(HttpResponseMessage answer)
    {
        using var _ = answer;
        return (await answer.Content.ReadFromJsonAsync<JsonObject>(Cancellation))!["draining"]!.GetValue<bool>();
    }
}
