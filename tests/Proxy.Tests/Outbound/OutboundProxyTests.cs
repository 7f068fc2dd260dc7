using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.Features;

namespace Mesh.Proxy.Tests.Outbound;

public class OutboundProxyTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AbsoluteTarget_OfUnknownHost_PassesThrough()
    {
        await using var application = await TestApplication.StartAsync(EchoTargetAsync);
        await using var proxy = await TestProxy.StartAsync();
        using var client = proxy.NewProxiedClient();

        Assert.Equal($"{application.Address} /a", await client.GetStringAsync(new Uri($"http://{application.Address}/a"), Cancellation));
    }

    [Fact]
    public async Task HostHeader_OfUnknownHost_PassesThrough()
    {
        await using var application = await TestApplication.StartAsync(EchoTargetAsync);
        await using var proxy = await TestProxy.StartAsync();

        var answer = await SendRawAsync(proxy.Outbound, $"GET /b HTTP/1.1\r\nHost: {application.Address}\r\nConnection: close\r\n\r\n");

        Assert.Contains($"{application.Address} /b", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AbsoluteTarget_WinsOverHostHeader()
    {
        await using var application = await TestApplication.StartAsync(EchoTargetAsync);
        await using var proxy = await TestProxy.StartAsync();

        var answer = await SendRawAsync(proxy.Outbound, $"GET http://{application.Address}/c HTTP/1.1\r\nHost: elsewhere\r\nConnection: close\r\n\r\n");

        Assert.Contains($"{application.Address} /c", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task KnownHost_GoesToItsDestination_WithItsHost()
    {
        await using var application = await TestApplication.StartAsync(EchoTargetAsync);
        using var destination = new PlayedDestination(application.Address);
        await using var proxy = await TestProxy.StartAsync(authority => authority == TestProxy.Catalog ? destination.Destination : null);
        using var client = proxy.NewProxiedClient();

        Assert.Equal("catalog.shop /d", await client.GetStringAsync(new Uri("http://catalog.shop/d"), Cancellation));
    }

    [Fact]
    public async Task DestinationPort_IgnoresTheHost()
    {
        await using var application = await TestApplication.StartAsync(EchoTargetAsync);
        using var destination = new PlayedDestination(application.Address);
        await using var proxy = await TestProxy.StartAsync(authority => authority == TestProxy.Catalog ? destination.Destination : null);
        using var client = TestProxy.NewClient(proxy.CatalogPort);

        Assert.Equal($"{proxy.CatalogPort} /e", await client.GetStringAsync(new Uri("/e", UriKind.Relative), Cancellation));
    }

    [Fact]
    public async Task DestinationPort_OfUnknownAuthority_SaysWhatToDo()
    {
        await using var proxy = await TestProxy.StartAsync();
        using var client = TestProxy.NewClient(proxy.CatalogPort);
        using var answer = await client.GetAsync(new Uri("/", UriKind.Relative), Cancellation);
        var problem = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancellation))!;

        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        Assert.Equal("mesh/unknown-destination", (string?)problem["code"]);
        Assert.Contains("kubectl get service", (string?)problem["hint"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{0}")]
    [InlineData("localhost:{1}")]
    [InlineData("127.0.0.1:{1}")]
    [InlineData("0.0.0.0:{1}")]
    [InlineData("[::ffff:127.0.0.1]:{1}")]
    [InlineData("ip6-loopback-or-any-name.localhost:{1}")]
    public async Task OwnAddress_IsRefused(string host)
    {
        await using var proxy = await TestProxy.StartAsync();
        var authority = host.Replace("{0}", proxy.Outbound.ToString(), StringComparison.Ordinal)
            .Replace("{1}", proxy.Outbound.Port.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal);

        var answer = await SendRawAsync(proxy.Outbound, $"GET / HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n");

        // A name that this host doesn't resolve is no loop either.
        Assert.Matches("^HTTP/1.1 (508|503)", answer);
        if (!authority.Contains(".localhost", StringComparison.Ordinal)) Assert.Contains("mesh/loop-detected", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TargetsOverTls_AreRefused()
    {
        await using var proxy = await TestProxy.StartAsync();

        var answer = await SendRawAsync(proxy.Outbound, "GET https://example.com/ HTTP/1.1\r\nHost: example.com\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 501", answer, StringComparison.Ordinal);
        Assert.Contains("mesh/tunnel-unsupported", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("wss")]
    [InlineData("ftp")]
    public async Task OtherSchemes_AreNotSentInTheClear(string scheme)
    {
        await using var application = await TestApplication.StartAsync(EchoTargetAsync);
        await using var proxy = await TestProxy.StartAsync();

        var answer = await SendRawAsync(proxy.Outbound, $"GET {scheme}://{application.Address}/ HTTP/1.1\r\nHost: {application.Address}\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Host: a_b!c")]
    [InlineData("Host: -:0")]
    [InlineData("Host:")]
    public async Task BadHost_IsRefused(string host)
    {
        await using var proxy = await TestProxy.StartAsync();

        Assert.StartsWith("HTTP/1.1 400", await SendRawAsync(proxy.Outbound, $"GET / HTTP/1.1\r\n{host}\r\nConnection: close\r\n\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task HostThatTheMeshDoesNotKnow_CannotSetMeshHeaders()
    {
        await using var application = new RawApplication("HTTP/1.1 200 OK\r\nMesh-Error: mesh/made-up\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        await using var proxy = await TestProxy.StartAsync();

        var answer = await SendRawAsync(proxy.Outbound, $"GET / HTTP/1.1\r\nHost: {application.Address}\r\nConnection: close\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("mesh-error", answer, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task ErrorOfADestinationsSidecar_PassesToTheApplication()
    {
        await using var sidecar = new RawApplication("HTTP/1.1 503 Service Unavailable\r\nmesh-error: mesh/application-unavailable\r\nContent-Length: 0\r\n\r\n");
        using var destination = new PlayedDestination(sidecar.Address);
        await using var proxy = await TestProxy.StartAsync(_ => destination.Destination);

        var answer = await SendRawAsync(proxy.CatalogPort, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

        Assert.Contains("mesh-error: mesh/application-unavailable", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task UnreachableUnknownHost_IsConnectFailed()
    {
        await using var proxy = await TestProxy.StartAsync();

        var answer = await SendRawAsync(proxy.Outbound, "GET / HTTP/1.1\r\nHost: 127.0.0.1:1\r\nConnection: close\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 503", answer, StringComparison.Ordinal);
        Assert.Contains("mesh/connect-failed", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Headers_OfTheHopAndOfTheMesh_EndHere()
    {
        HeaderDictionary? received = null;
        await using var application = await TestApplication.StartAsync(context =>
        {
            received = new HeaderDictionary(context.Request.Headers.ToDictionary(StringComparer.OrdinalIgnoreCase));
            return Task.CompletedTask;
        });
        await using var proxy = await TestProxy.StartAsync();

        using var client = await RawClient.ConnectAsync(proxy.Outbound);
        await client.SendAsync(
            $"GET / HTTP/1.1\r\nHost: {application.Address}\r\nConnection: X-Hop\r\nX-Hop: 1\r\nKeep-Alive: 1\r\nProxy-Authorization: x\r\n"
            + "mesh-identity: admin\r\nMesh-Other: 1\r\ntraceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\nbaggage: a=b\r\n"
            + "X-Latin: \u00e9\r\nUpgrade-Insecure-Requests: 1\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n");
        await client.ReadUntilAsync("\r\n\r\n");

        Assert.NotNull(received);
        Assert.Equal(
            ["Host", "Upgrade-Insecure-Requests", "Via", "X-Forwarded-For", "X-Latin", "baggage", "traceparent"],
            received.Keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("/a/../b")]
    [InlineData("/%41%2f%e9?x=%zz&y=[]|")]
    [InlineData("//double//?")]
    [InlineData("/?q=/../")]
    public async Task Target_PassesByteForByte(string target)
    {
        await using var application = await TestApplication.StartAsync(context =>
            context.Response.WriteAsync(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget));
        await using var proxy = await TestProxy.StartAsync();

        foreach (var form in (string[])[target, $"http://{application.Address}{target}"])
        {
            var answer = await SendRawAsync(proxy.Outbound, $"GET {form} HTTP/1.1\r\nHost: {application.Address}\r\nConnection: close\r\n\r\n");
            Assert.Contains($"\r\n{target}\r\n", answer, StringComparison.Ordinal);
        }
    }

    private static Task EchoTargetAsync(HttpContext context) => context.Response.WriteAsync($"{context.Request.Host} {context.Request.Path}");

    private static async Task<string> SendRawAsync(IPEndPoint port, string request)
    {
        using var client = await RawClient.ConnectAsync(port);
        await client.SendAsync(request);
        return await client.ReadToEndAsync();
    }
}
