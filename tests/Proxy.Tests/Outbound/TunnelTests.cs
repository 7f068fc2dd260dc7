using System.Text;
using Mesh.Api.Discovery;
using Mesh.Proxy.Discovery;
using Mesh.Proxy.Tests.Conformance;
using Mesh.Proxy.Tests.Forwarding;
using Mesh.Proxy.Tests.Routing;

namespace Mesh.Proxy.Tests.Outbound;

/// <summary>CONNECT, as clients send it that have the sidecar for their HTTP proxy: gRPC's C core, curl -p, everything that speaks TLS.</summary>
public sealed class TunnelTests
{
    private const string Opened = "HTTP/1.1 200 OK\r\n\r\n";

    [Theory]
    [InlineData("CONNECT {0} HTTP/1.1\r\nHost: {0}\r\n\r\n")]
    [InlineData("CONNECT {0} HTTP/1.0\r\n\r\n")]
    [InlineData("CONNECT {0} HTTP/1.0\r\nUser-Agent: grpc-httpcli/0.0\r\nProxy-Authorization: Basic YTpi\r\nProxy-Connection: Keep-Alive\r\n\r\n")]
    [InlineData("\r\nCONNECT {0} HTTP/1.1\r\nHost: another\r\n\r\n")]
    public async Task Tunnel_CarriesWhatItIsGiven_BothWays_WhateverThatIs(string request)
    {
        await using var server = EchoServer();
        await using var proxy = await TestProxy.StartAsync();
        using var client = await RawClient.ConnectAsync(proxy.Outbound);

        await client.SendAsync(request.Replace("{0}", server.Address.ToString(), StringComparison.Ordinal));
        Assert.Equal(Opened, await client.ReadUntilAsync("\r\n\r\n"));
        await client.SendAsync("\0\x16GET\r\n");
        Assert.Equal("\0\x16GET\r\n", await client.ReadUntilAsync("\r\n"));
        client.ShutdownSend();
        Assert.Equal("", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task WhatFollowsTheRequestAtOnce_IsTheTunnels()
    {
        await using var server = EchoServer();
        await using var proxy = await TestProxy.StartAsync();
        using var client = await RawClient.ConnectAsync(proxy.Outbound);

        await client.SendAsync($"CONNECT {server.Address} HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\n\r\n");

        Assert.Equal(Opened + "GET / HTTP/1.1\r\n\r\n", await client.ReadUntilAsync("GET / HTTP/1.1\r\n\r\n"));
    }

    [Fact]
    public async Task RequestInPieces_IsWaitedFor()
    {
        await using var server = EchoServer();
        await using var proxy = await TestProxy.StartAsync();
        using var client = await RawClient.ConnectAsync(proxy.Outbound);

        foreach (var piece in new[] { "CONN", $"ECT {server.Address} HT", "TP/1.1\r\nHost", ": a\r\n", "\r", "\n" }) await client.SendAsync(piece);

        Assert.Equal(Opened, await client.ReadUntilAsync("\r\n\r\n"));
    }

    [Fact]
    public async Task HostByName_IsLookedUp()
    {
        await using var server = EchoServer();
        await using var proxy = await TestProxy.StartAsync();
        using var client = await RawClient.ConnectAsync(proxy.Outbound);

        Assert.Equal(Opened, await ConnectAsync(client, $"localhost:{server.Address.Port}"));
    }

    [Fact]
    public async Task Destination_IsBalanced_OneTunnelAfterTheOther_AndARefusedConnectionTriedElsewhere()
    {
        await using var a = SayingServer("a");
        await using var b = SayingServer("b");
        using var refusing = new RefusingPort();
        var policy = Policies.Default(policy => policy.LoadBalancer.Algorithm = LoadBalancerAlgorithm.LeastRequest);
        var destination = Destination(policy, a.Address.ToString(), b.Address.ToString(), refusing.Address);
        await using var proxy = await TestProxy.StartAsync(authority => authority == TestProxy.Catalog ? destination.Current : null);
        var answered = new HashSet<string>();
        var clients = new List<RawClient>();
        for (var i = 0; i < 4; i++)
        {
            clients.Add(await RawClient.ConnectAsync(proxy.Outbound));
            await clients[^1].SendAsync($"CONNECT catalog.shop:80 HTTP/1.1\r\nHost: catalog.shop\r\n\r\n");
            answered.Add((await clients[^1].ReadUntilAsync("!"))[Opened.Length..]);
        }

        Assert.Equal(["a!", "b!"], answered.Order());
        Assert.Equal(4, destination.Report([]).Endpoints.Sum(endpoint => endpoint.InFlight));
        clients.ForEach(client => client.Dispose());
        await Condition.HoldsAsync(() => destination.Report([]).Endpoints.Sum(endpoint => endpoint.InFlight) is 0);
    }

    // The port says that it speaks HTTP: a connection of many calls is balanced call by call, in a tunnel too.
    [Fact]
    public async Task RequestsInATunnelToAnHttpPort_AreRequestsToTheDestination()
    {
        await using var application = await TestApplication.StartAsync(context => context.Response.WriteAsync($"{context.Request.Path} {context.Request.Host}"));
        var destination = Destination(Policies.Default(), AppProtocol.Http1, application.Address.ToString());
        await using var proxy = await TestProxy.StartAsync(authority => authority == TestProxy.Catalog ? destination.Current : null);
        using var client = await RawClient.ConnectAsync(proxy.Outbound);
        Assert.Equal(Opened, await ConnectAsync(client, "catalog.shop:80"));

        await client.SendAsync("GET /a HTTP/1.1\r\nHost: elsewhere\r\n\r\n");
        Assert.Contains("/a elsewhere", await client.ReadUntilAsync("elsewhere"), StringComparison.Ordinal);
        await client.SendAsync("GET /b HTTP/1.1\r\nHost: elsewhere\r\nConnection: close\r\n\r\n");
        Assert.Contains("/b elsewhere", await client.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Grpc_GoesThroughATunnelCallByCall()
    {
        using var a = new RawHttp2Server();
        var destination = Destination(Policies.Default(), AppProtocol.Http2, a.Address.ToString());
        await using var proxy = await TestProxy.StartAsync(_ => destination.Current);
        using var client = await RawClient.ConnectAsync(proxy.Outbound);
        Assert.Equal(Opened, await ConnectAsync(client, "catalog.shop:80"));
        using var inside = await RawHttp2.BeginAsync(client.Detach());
        await inside.SendAsync(RawHttp2.Headers, RawHttp2.EndHeaders | RawHttp2.EndStream, 1, RawHttp2.Get());

        var connection = await a.AcceptAsync();
        var (streamId, _) = await connection.RequestAsync();
        await connection.AcceptAsync(streamId);
        Assert.Equal("END_STREAM", await inside.OutcomeAsync(1));
    }

    [Theory]
    [InlineData("{outbound}")]
    [InlineData("{admin}")]
    [InlineData("localhost:{port}")]
    [InlineData("0.0.0.0:{port}")]
    public async Task TunnelToThisProxy_IsRefused(string target)
    {
        await using var proxy = await TestProxy.StartAsync();
        using var client = await RawClient.ConnectAsync(proxy.Outbound);

        AssertRefusal("508", "mesh/loop-detected", await ConnectAsync(client, target
            .Replace("{outbound}", proxy.Outbound.ToString(), StringComparison.Ordinal)
            .Replace("{admin}", proxy.Admin.ToString(), StringComparison.Ordinal)
            .Replace("{port}", $"{proxy.Outbound.Port}", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task HostThatRefuses_IsTold()
    {
        using var refusing = new RefusingPort();
        await using var proxy = await TestProxy.StartAsync();
        using var client = await RawClient.ConnectAsync(proxy.Outbound);

        AssertRefusal("503", "mesh/connect-failed", await ConnectAsync(client, refusing.Address));
    }

    [Fact]
    public async Task DestinationThatKeepsRefusing_IsTold_AndThenSpared()
    {
        using var refusing = new RefusingPort();
        var policy = Policies.Default(policy =>
        {
            policy.Retries.On.Clear();
            policy.CircuitBreaker = new() { Destination = new() { ConsecutiveFailures = 2, OpenFor = new() { Seconds = 60 }, OpenForMax = new() { Seconds = 60 } } };
        });
        var destination = Destination(policy, refusing.Address);
        await using var proxy = await TestProxy.StartAsync(_ => destination.Current);
        foreach (var code in new[] { "mesh/connect-failed", "mesh/connect-failed", "mesh/breaker-open" })
        {
            using var client = await RawClient.ConnectAsync(proxy.Outbound);
            AssertRefusal("503", code, await ConnectAsync(client, "catalog.shop:80"));
        }
    }

    [Fact]
    public async Task DestinationWithoutEndpoints_IsTold()
    {
        var destination = Destination(Policies.Default());
        await using var proxy = await TestProxy.StartAsync(_ => destination.Current);
        using var client = await RawClient.ConnectAsync(proxy.Outbound);

        AssertRefusal("503", "mesh/no-endpoints", await ConnectAsync(client, "catalog.shop:80"));
    }

    [Fact]
    public async Task TunnelAfterAnotherRequest_IsRefused_AndTheConnectionEnds()
    {
        await using var server = new RawApplication("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        await using var proxy = await TestProxy.StartAsync();
        using var client = await RawClient.ConnectAsync(proxy.Outbound);
        await client.SendAsync($"GET / HTTP/1.1\r\nHost: {server.Address}\r\n\r\n");
        await client.ReadUntilAsync("\r\n\r\nok");

        AssertRefusal("501", "mesh/tunnel-unsupported", await ConnectAsync(client, server.Address.ToString()));
    }

    [Fact]
    public async Task TunnelOverHttp2_IsRefused()
    {
        await using var proxy = await TestProxy.StartAsync();
        using var client = await RawHttp2.ConnectAsync(proxy.Outbound);
        await client.SendAsync(RawHttp2.Headers, RawHttp2.EndHeaders, 1, RawHttp2.Block((":method", "CONNECT"), (":authority", "a:443")));

        var answer = await client.AnswerAsync(1);
        Assert.Contains("mesh/tunnel-unsupported", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TunnelThroughTheApplication_IsRefused()
    {
        await using var application = new RawApplication(Opened);
        await using var proxy = await TestProxy.StartAsync(application: application.Address);
        using var client = await RawClient.ConnectAsync(proxy.Inbound);

        var answer = await ConnectAsync(client, "example.com:443");
        Assert.StartsWith("HTTP/1.1 501 ", answer, StringComparison.Ordinal);
        Assert.Contains("mesh/tunnel-unsupported", answer, StringComparison.Ordinal);
    }

    // The client asks an HTTP proxy of its own, which is a workload: its connection was redirected, and it asks no one here.
    [Fact]
    public async Task TunnelThroughAWorkload_IsBetweenItAndItsClient()
    {
        await using var workload = SayingServer("HTTP/1.0 200 its own\r\n\r\n");
        var destination = Destination(Policies.Default(), workload.Address.ToString());
        await using var proxy = await TestProxy.StartAsync(authority => authority == TestProxy.Catalog ? destination.Current : null);
        using var client = await RawClient.ConnectAsync(proxy.CatalogPort);

        Assert.StartsWith("HTTP/1.0 200 its own", await ConnectAsync(client, "example.com:443"), StringComparison.Ordinal);
    }

    private static async Task<string> ConnectAsync(RawClient client, string target)
    {
        await client.SendAsync($"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n");
        var head = await client.ReadUntilAsync("\r\n\r\n");
        return head.Contains("Connection: close", StringComparison.Ordinal) ? head + await client.ReadToEndAsync() : head;
    }

    private static void AssertRefusal(string status, string code, string answer)
    {
        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.Contains("Connection: close\r\n", answer, StringComparison.Ordinal);
        Assert.Contains($"\"code\":\"{code}\"", answer, StringComparison.Ordinal);
    }

    private static RawServer EchoServer() => new(async (client, stopping) => await client.GetStream().CopyToAsync(client.GetStream(), stopping));

    private static RawServer SayingServer(string text) => new(async (client, stopping) =>
    {
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(text + "!"), stopping);
        await client.GetStream().CopyToAsync(Stream.Null, stopping);
    });

    private static LiveDestination Destination(Policy policy, params string[] endpoints) => Destination(policy, AppProtocol.Unspecified, endpoints);

    private static LiveDestination Destination(Policy policy, AppProtocol protocol, params string[] endpoints)
    {
        var destination = new LiveDestination(Updates.Catalog, new Random(1), TimeProvider.System);
        var update = Updates.Whole(1, policy, endpoints);
        update.Protocol = protocol;
        destination.Apply(update);
        return destination;
    }
}
