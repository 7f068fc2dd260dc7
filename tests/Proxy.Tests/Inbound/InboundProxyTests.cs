using System.Net;
using System.Text.Json.Nodes;
using Mesh.Proxy.Inbound;
using Mesh.Proxy.Listening;
using Mesh.Proxy.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging.Abstractions;

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
        await using var application = await TestApplication.StartAsync(AssertMeshHeadersAsync, HttpProtocols.Http2);
        await using var proxy = await TestProxy.StartAsync(application: application.Address);
        using var client = TestProxy.NewClient(proxy.Inbound, HttpVersion.Version20);
        using var answer = await client.GetAsync(new Uri("/", UriKind.Relative), Cancellation);
        await answer.Content.LoadIntoBufferAsync(Cancellation);

        Assert.DoesNotContain(answer.Headers, header => header.Key.StartsWith("mesh-", StringComparison.OrdinalIgnoreCase));
        Assert.Equal(["x-sum"], answer.TrailingHeaders.Select(trailer => trailer.Key));
    }

    [Fact]
    public async Task FieldsThatTheApplicationsConnectionNames_EndHere()
    {
        await using var application = new RawApplication(
            "HTTP/1.1 200 OK\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\nX-Other: 1\r\nContent-Length: 0\r\n\r\n");
        await using var proxy = await TestProxy.StartAsync(application: application.Address);
        using var client = TestProxy.NewClient(proxy.Inbound);
        using var answer = await client.GetAsync(new Uri("/", UriKind.Relative), Cancellation);

        Assert.True(answer.Headers.Contains("X-Other"));
        Assert.False(answer.Headers.Contains("X-Hop"));
    }

    [Theory]
    [InlineData("GET", "HTTP/1.1 204 No Content\r\n\r\n")]
    [InlineData("GET", "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("GET", "HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\n\r\n")]
    [InlineData("GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 42\r\n\r\n")]
    [InlineData("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 42\r\n\r\n")]
    [InlineData("HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")]
    [InlineData("GET", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")]
    public async Task AnswerWithoutBody_KeepsTheConnectionInStep(string method, string response)
    {
        await using var application = new RawApplication(response);
        await using var proxy = await TestProxy.StartAsync(application: application.Address);
        using var client = await RawClient.ConnectAsync(proxy.Inbound);
        var final = response[response.LastIndexOf("HTTP/1.1 ", StringComparison.Ordinal)..][.."HTTP/1.1 200".Length];

        for (var i = 0; i < 2; i++)
        {
            await client.SendAsync($"{method} / HTTP/1.1\r\nHost: a\r\n\r\n");
            var answer = await client.ReadUntilAsync("\r\n\r\n");
            Assert.StartsWith(final, answer, StringComparison.Ordinal);
            Assert.EndsWith("\r\n\r\n", answer, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task ApplicationThatIsDown_IsSaidSo_WithoutWhatIsBehindTheProxy(int version)
    {
        await using var proxy = await TestProxy.StartAsync(application: new(IPAddress.Loopback, 1));
        using var client = TestProxy.NewClient(proxy.Inbound, version is 1 ? HttpVersion.Version11 : HttpVersion.Version20);
        using var answer = await client.GetAsync(new Uri("/", UriKind.Relative), Cancellation);
        var problem = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancellation))!;

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal("mesh/application-unavailable", (string?)problem["code"]);
        Assert.Equal(["type", "title", "status", "code", "id"], problem.AsObject().Select(member => member.Key));
    }

    [Fact]
    public async Task ApplicationThatIsThisProxy_IsALoop()
    {
        await using var proxy = await TestProxy.StartAsync();
        var port = new Port("inbound", new(IPAddress.Loopback, 0), proxy.Services.GetRequiredService<InboundProxy>().To(proxy.Outbound));
        await using var server = new PortServer(
            [port], proxy.Services.GetRequiredService<EventLoops>(), TimeSpan.FromMilliseconds(100), TimeProvider.System, NullLoggerFactory.Instance);
        await server.StartAsync(Cancellation);
        using var client = TestProxy.NewClient(port.Bound!);
        using var answer = await client.GetAsync(new Uri("/", UriKind.Relative), Cancellation);

        Assert.Equal(HttpStatusCode.LoopDetected, answer.StatusCode);
        Assert.Equal("mesh/loop-detected", answer.Headers.GetValues("mesh-error").Single());
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
    public async Task Drain_TellsTheConnectionOfTheRequestInFlight_ToComeNoMore()
    {
        var arrived = new TaskCompletionSource();
        var answeredAtOnce = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        await using var application = await TestApplication.StartAsync(async context =>
        {
            if (context.Request.Path == "/at-once")
            {
                answeredAtOnce.SetResult();
                return;
            }
            arrived.SetResult();
            await release.Task;
        });
        await using var proxy = await TestProxy.StartAsync(application: application.Address);
        using var client = await RawClient.ConnectAsync(proxy.Inbound);
        await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        await arrived.Task.WaitAsync(Cancellation);
        using var idle = await RawClient.ConnectAsync(proxy.Inbound);
        await idle.SendAsync("GET /at-once HTTP/1.1\r\nHost: a\r\n\r\n");
        await answeredAtOnce.Task.WaitAsync(Cancellation);

        var stopping = proxy.StopAsync(Cancellation);
        // Connections are told in the order they came: once the one that waits for nothing is closed, the other knows.
        await idle.ReadToEndAsync();
        release.SetResult();
        var answer = await client.ReadToEndAsync();

        Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
        Assert.Contains("\r\nConnection: close\r\n", answer, StringComparison.Ordinal);
        await stopping;
    }

    [Fact]
    public async Task Drain_OverHttp2_LetsTheStreamInFlightFinish()
    {
        var arrived = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        await using var application = await TestApplication.StartAsync(async context =>
        {
            arrived.SetResult();
            await release.Task;
            await context.Response.WriteAsync("done");
        }, HttpProtocols.Http2);
        await using var proxy = await TestProxy.StartAsync(application: application.Address);
        using var client = TestProxy.NewClient(proxy.Inbound, HttpVersion.Version20);
        var answer = client.GetStringAsync(new Uri("/", UriKind.Relative), Cancellation);
        await arrived.Task.WaitAsync(Cancellation);

        var stopping = proxy.StopAsync(Cancellation);
        Assert.False(stopping.IsCompleted);
        release.SetResult();

        Assert.Equal("done", await answer);
        await stopping.WaitAsync(Cancellation);
    }

    [Fact]
    public async Task Drain_EndsAtItsTimeout_ThoughARequestNeverDoes()
    {
        var arrived = new TaskCompletionSource();
        await using var application = await TestApplication.StartAsync(context =>
        {
            arrived.SetResult();
            return Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        await using var proxy = await TestProxy.StartAsync(application: application.Address, drainTimeout: TimeSpan.FromMilliseconds(100));
        using var client = TestProxy.NewClient(proxy.Inbound);
        var answer = client.GetAsync(new Uri("/", UriKind.Relative), Cancellation);
        await arrived.Task.WaitAsync(Cancellation);

        // The host tells of servers that didn't stop in time by an exception.
        await Record.ExceptionAsync(() => proxy.StopAsync(Cancellation).WaitAsync(Cancellation));

        Assert.False(Cancellation.IsCancellationRequested);
        await Assert.ThrowsAsync<HttpRequestException>(() => answer);
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

    private static async Task AssertMeshHeadersAsync(HttpContext context)
    {
        context.Response.Headers["mesh-error"] = "mesh/made-up";
        context.Response.Headers["MESH-Identity"] = "admin";
        await context.Response.WriteAsync("a");
        context.Response.AppendTrailer("Mesh-Error", "mesh/made-up");
        context.Response.AppendTrailer("x-sum", "7");
    }
}
