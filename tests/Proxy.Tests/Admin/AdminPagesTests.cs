using System.Net;
using System.Text.Json.Nodes;
using Google.Protobuf.WellKnownTypes;
using Mesh.Api.Discovery;
using Mesh.Proxy.Admin;
using Mesh.Proxy.CircuitBreaking;
using Mesh.Proxy.LoadBalancing;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Tests.Admin;

public class AdminPagesTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true, 200, 0)]
    [InlineData(false, 503, 1)]
    public async Task Ready_OnceAnOperatorHasAnswered(bool hasConnected, int status, int exitCode)
    {
        await using var proxy = await TestProxy.StartAsync(discovery: new PlayedInventory { HasConnected = hasConnected });
        using var client = TestProxy.NewClient(proxy.Admin);
        using var answer = await client.GetAsync(new Uri("/ready", UriKind.Relative), Cancellation);
        var page = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancellation))!;

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(hasConnected ? 0 : 1, page["reasons"]!.AsArray().Count);
        Assert.Equal(exitCode, await ReadyProbe.RunAsync(proxy.Admin, TimeSpan.Zero, TimeProvider.System, TextWriter.Null, Cancellation));
    }

    [Theory]
    [InlineData("localhost", 200)]
    [InlineData("localhost:15000", 200)]
    [InlineData("127.1.2.3:1", 200)]
    [InlineData("[::1]", 200)]
    [InlineData("rebound.example.com", 421)]
    [InlineData("10.0.0.7:15000", 421)]
    [InlineData("", 400)]
    public async Task Pages_AreForThisHostOnly(string host, int status)
    {
        await using var proxy = await TestProxy.StartAsync();
        using var client = await RawClient.ConnectAsync(proxy.Admin);
        await client.SendAsync($"GET /config HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");

        Assert.StartsWith($"HTTP/1.1 {status}", await client.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ready_OfProxyThatIsNotThere_Is1()
    {
        Assert.Equal(1, await ReadyProbe.RunAsync(new(IPAddress.Loopback, 1), TimeSpan.Zero, TimeProvider.System, TextWriter.Null, Cancellation));
    }

    [Fact]
    public async Task Config_ShowsWhatTheProxyRoutesBy()
    {
        var policy = new Policy
        {
            Timeouts = new() { Request = Duration.FromTimeSpan(TimeSpan.FromSeconds(2)), Connect = Duration.FromTimeSpan(TimeSpan.FromSeconds(1)) },
            Retries = new() { Attempts = 2, On = { RetryCondition.ConnectFailure }, Methods = { "GET" }, Budget = new() { Percent = 20, MinPerSecond = 10 } },
            LoadBalancer = new() { Algorithm = LoadBalancerAlgorithm.Maglev, Hash = new() { Header = "x-user" } },
            CircuitBreaker = new()
            {
                FailureStatuses = { new StatusRange { From = 500, To = 599 } },
                FailureGrpcCodes = { 14 },
                Endpoint = new() { ConsecutiveFailures = 5, MinRequests = 20, OpenFor = Duration.FromTimeSpan(TimeSpan.FromSeconds(10)) },
                MaxEjectedPercent = 50,
            },
            Sources = { new PolicySource { Namespace = "shop", Name = "catalog", Generation = 3 } },
        };
        var known = new DestinationReport("shop/catalog:80", 0xabc, ["catalog:80"], policy,
            [new EndpointReport("10.0.0.7:8080", "shop/catalog-1", EndpointState.Available, 2, 1.5) { Zone = "a" }])
        {
            Breaker = BreakerState.Open,
        };
        await using var proxy = await TestProxy.StartAsync(discovery: new PlayedInventory { Connected = true, HasConnected = true, Known = [known] });
        using var client = TestProxy.NewClient(proxy.Admin);
        var page = JsonNode.Parse(await client.GetStringAsync(new Uri("/config", UriKind.Relative), Cancellation))!;

        Assert.True((bool)page["operator"]!["connected"]!);
        var destination = page["destinations"]![0]!;
        Assert.Equal("0000000000000abc", (string?)destination["version"]);
        Assert.Equal("""{"request":"2s","connect":"1s"}""", destination["policy"]!["timeouts"]!.ToJsonString());
        Assert.Equal("shop/catalog@3", (string?)destination["policy"]!["sources"]![0]);
        Assert.Equal("Open", (string?)destination["breaker"]);
        Assert.Equal("Maglev", (string?)destination["policy"]!["loadBalancer"]!["algorithm"]);
        Assert.Equal("header x-user", (string?)destination["policy"]!["loadBalancer"]!["hash"]);
        var circuitBreaker = destination["policy"]!["circuitBreaker"]!;
        Assert.Equal("""{"statusCodes":["500-599"],"grpcCodes":["Unavailable"]}""", circuitBreaker["failures"]!.ToJsonString());
        Assert.Equal(5, (int?)circuitBreaker["endpoint"]!["consecutiveFailures"]);
        Assert.Equal("10s", (string?)circuitBreaker["endpoint"]!["openFor"]);
        Assert.Null(circuitBreaker["destination"]);
        Assert.Equal(
            """{"address":"10.0.0.7:8080","pod":"shop/catalog-1","state":"Available","inFlight":2,"latencyMilliseconds":1.5,"weight":100,"zone":"a"}""",
            destination["endpoints"]![0]!.ToJsonString());
    }

    [Fact]
    public async Task Metrics_CountRequestsByWhatBecameOfThem()
    {
        await using var application = await TestApplication.StartAsync(_ => Task.CompletedTask);
        await using var proxy = await TestProxy.StartAsync(application: application.Address);
        using var inbound = TestProxy.NewClient(proxy.Inbound);
        using var unknown = TestProxy.NewClient(proxy.CatalogPort);
        (await inbound.GetAsync(new Uri("/", UriKind.Relative), Cancellation)).Dispose();
        (await unknown.GetAsync(new Uri("/", UriKind.Relative), Cancellation)).Dispose();
        using var client = TestProxy.NewClient(proxy.Admin);

        // A request counts when its answer has ended, which its client may see a moment before.
        string[] expected = [$"direction=\"inbound\",error=\"\",peer=\"\",protocol=\"http/1.1\",status=\"200\"", "error=\"mesh/unknown-destination\",peer=\"\",protocol=\"http/1.1\",status=\"502\"", "mesh_discovery_connected"];
        string metrics;
        do
        {
            metrics = await client.GetStringAsync(new Uri("/metrics", UriKind.Relative), Cancellation);
        }
        while (!expected.All(part => metrics.Contains(part, StringComparison.Ordinal)));

        Assert.Contains("mesh_request_duration_seconds_bucket", metrics, StringComparison.Ordinal);
    }
}
