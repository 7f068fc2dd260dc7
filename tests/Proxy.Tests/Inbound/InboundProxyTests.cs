using System.Net;
using System.Text.Json.Nodes;

namespace Mesh.Proxy.Tests.Inbound;

public class InboundProxyTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Request_ReachesTheApplication_WithItsHostAndWithoutMeshHeaders()
    {
        await using var application = await TestApplication.StartAsync(context =>
            context.Response.WriteAsync($"{context.Request.Host} {context.Request.Headers.ContainsKey("mesh-identity")}"));
        await using var proxy = await TestProxy.StartAsync(application: application.Address);
        using var client = TestProxy.NewClient(proxy.Inbound);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { Host = "catalog.shop:80" } };
        request.Headers.Add("mesh-identity", "admin");
        using var answer = await client.SendAsync(request, Cancellation);

        Assert.Equal("catalog.shop:80 False", await answer.Content.ReadAsStringAsync(Cancellation));
    }

    [Fact]
    public async Task Application_CannotSetMeshHeaders()
    {
        await using var application = await TestApplication.StartAsync(context =>
        {
            context.Response.Headers["mesh-error"] = "mesh/made-up";
            return Task.CompletedTask;
        });
        await using var proxy = await TestProxy.StartAsync(application: application.Address);
        using var client = TestProxy.NewClient(proxy.Inbound);
        using var answer = await client.GetAsync(new Uri("/", UriKind.Relative), Cancellation);

        Assert.False(answer.Headers.Contains("mesh-error"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task ApplicationThatIsDown_IsExplained(int version)
    {
        await using var proxy = await TestProxy.StartAsync(application: new(IPAddress.Loopback, 1));
        using var client = TestProxy.NewClient(proxy.Inbound, version is 1 ? HttpVersion.Version11 : HttpVersion.Version20);
        using var answer = await client.GetAsync(new Uri("/", UriKind.Relative), Cancellation);
        var problem = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancellation))!;

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal("mesh/application-unavailable", (string?)problem["code"]);
        Assert.Equal("127.0.0.1:1", (string?)problem["destination"]);
    }

    [Fact]
    public async Task ApplicationThatBreaksOff_IsExplained()
    {
        await using var application = await TestApplication.StartAsync(context =>
        {
            context.Abort();
            return Task.CompletedTask;
        });
        await using var proxy = await TestProxy.StartAsync(application: application.Address);
        using var client = TestProxy.NewClient(proxy.Inbound);
        using var answer = await client.PostAsync(new Uri("/", UriKind.Relative), new StringContent("x"), Cancellation);

        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        Assert.Contains("mesh/upstream-failed", answer.Headers.GetValues("mesh-error"));
    }

    [Fact]
    public async Task Drain_LetsTheRequestInFlightFinish()
    {
        var arrived = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        await using var application = await TestApplication.StartAsync(async context =>
        {
            arrived.SetResult();
            await release.Task;
            await context.Response.WriteAsync("done");
        });
        await using var proxy = await TestProxy.StartAsync(application: application.Address);
        using var client = TestProxy.NewClient(proxy.Inbound);
        var inbound = proxy.Inbound;
        var answer = client.GetStringAsync(new Uri("/", UriKind.Relative), Cancellation);
        await arrived.Task.WaitAsync(Cancellation);

        var stopping = proxy.StopAsync(Cancellation);
        Assert.False(stopping.IsCompleted);
        release.SetResult();

        Assert.Equal("done", await answer);
        await stopping;
        await Assert.ThrowsAnyAsync<System.Net.Sockets.SocketException>(() => RawClient.ConnectAsync(inbound));
    }

    [Fact]
    public async Task Drain_OfInbound_LeavesOutboundServing()
    {
        var arrived = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        await using var application = await TestApplication.StartAsync(async context =>
        {
            if (context.Request.Path == "/slow")
            {
                arrived.SetResult();
                await release.Task;
            }
            await context.Response.WriteAsync("done");
        });
        await using var proxy = await TestProxy.StartAsync(application: application.Address);
        using var client = TestProxy.NewClient(proxy.Inbound);
        using var proxied = proxy.NewProxiedClient();
        var slow = client.GetStringAsync(new Uri("/slow", UriKind.Relative), Cancellation);
        await arrived.Task.WaitAsync(Cancellation);

        var stopping = proxy.StopAsync(Cancellation);

        Assert.Equal("done", await proxied.GetStringAsync(new Uri($"http://{application.Address}/"), Cancellation));
        release.SetResult();
        Assert.Equal("done", await slow);
        await stopping;
    }
}
