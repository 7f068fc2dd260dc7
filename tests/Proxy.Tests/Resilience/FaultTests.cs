using System.Net;
using System.Text.Json.Nodes;
using Google.Protobuf.WellKnownTypes;
using Mesh.Api.Discovery;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Tests.Discovery;
using Mesh.Proxy.Tests.Forwarding;
using Mesh.Proxy.Tests.Routing;

namespace Mesh.Proxy.Tests.Resilience;

public sealed class FaultTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Abort_SendsNothing_AndIsNoFailureOfAnEndpoint()
    {
        var destination = new FakeDestination(Policies.Default(policy => policy.Faults.Add(new Fault { Share = 10_000, Status = 503 })), Ok);
        using var response = await destination.SendAsync(HttpMethod.Get);
        Assert.Equal(MeshErrorCode.FaultInjected, Assert.IsType<RefusedResponse>(response).Reason.Code);
        Assert.Empty(destination.Sent);
        Assert.Empty(destination.Trace.Attempts);
        Assert.True(destination.Trace is { FaultAborted: true, FaultDelayed: false });
    }

    [Fact]
    public async Task Delay_ComesBeforeAllElse()
    {
        var policy = Policies.WithTimeouts(request: TimeSpan.FromSeconds(1));
        policy.Faults.Add(new Fault { Share = 10_000, Delay = Duration.FromTimeSpan(TimeSpan.FromSeconds(3)) });
        var destination = new FakeDestination(policy, Ok);
        var start = destination.Time.GetUtcNow();
        using var response = await destination.RunAsync(destination.SendAsync(HttpMethod.Get));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(3), destination.Time.GetUtcNow() - start);
        Assert.Equal(TimeSpan.Zero, Assert.Single(destination.Trace.Attempts).Duration);
        Assert.True(destination.Trace is { FaultAborted: false, FaultDelayed: true });
    }

    [Theory]
    [InlineData(0u, 0, 0)]
    [InlineData(1050u, 180, 240)]
    [InlineData(10_000u, 2000, 2000)]
    public async Task Share_IsOfTheRequestsThatMatch(uint share, int least, int most)
    {
        var destination = new FakeDestination(Policies.Default(policy => policy.Faults.Add(new Fault { Share = share, Status = 500 })), Ok);
        for (var i = 0; i < 2000; i++) (await destination.SendAsync(HttpMethod.Get)).Dispose();
        Assert.InRange(2000 - destination.Sent.Count, least, most);
    }

    [Fact]
    public async Task FirstFaultWhoseConditionsHold_Decides()
    {
        var destination = new FakeDestination(Policies.Default(policy => policy.Faults.Add(
        [
            new Fault { Share = 0, Status = 500, Match = new() { Header = new() { Name = "x-tester", Values = { "spared" } } } },
            new Fault { Share = 10_000, Status = 500, Match = new() { Header = new() { Name = "x-tester" } } },
        ])), Ok);
        foreach (var (headers, aborted) in new ((string, string)[], bool)[] { ([("x-tester", "spared")], false), ([("x-tester", "y")], true), ([], false) })
        {
            using var response = await destination.SendAsync(HttpMethod.Get, headers: headers);
            Assert.Equal(aborted, response is RefusedResponse);
        }
    }

    [Theory]
    [InlineData(418u, 0u, 418)]
    [InlineData(0u, 8u, 429)]
    public async Task Client_SeesTheStatusThatIsAskedFor_AndWhoMadeIt(uint status, uint grpcCode, int seen)
    {
        var fault = new Fault { Share = 10_000, Match = new() { Identities = { "shop/*" } } };
        if (status > 0) fault.Status = status;
        else fault.GrpcCode = grpcCode;
        var destination = new SocketDestination(Policies.Default(policy => policy.Faults.Add(fault)), 1, "127.0.0.1:1");
        await using var proxy = await TestProxy.StartAsync(_ => destination.Live.Current);
        using var client = TestProxy.NewClient(proxy.CatalogPort);
        using var answer = await client.GetAsync(new Uri("/", UriKind.Relative), Cancellation);
        var problem = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancellation))!;

        Assert.Equal(seen, (int)answer.StatusCode);
        Assert.Equal(seen, (int?)problem["status"]);
        Assert.Equal("mesh/fault-injected", (string?)problem["code"]);
        using var admin = TestProxy.NewClient(proxy.Admin);
        string metrics;
        do
        {
            metrics = await admin.GetStringAsync(new Uri("/metrics", UriKind.Relative), Cancellation);
        }
        while (!metrics.Contains("mesh_faults_total{", StringComparison.Ordinal));
        Assert.Matches("""mesh_faults_total\{[^}]*kind="abort"[^}]*\}""", metrics);
    }

    [Theory]
    [InlineData(0u, 8u, "8")]
    [InlineData(429u, 0u, "14")]
    [InlineData(418u, 0u, "2")]
    public async Task GrpcClient_SeesTheCodeThatIsAskedFor(uint status, uint grpcCode, string seen)
    {
        var fault = new Fault { Share = 10_000 };
        if (status > 0) fault.Status = status;
        else fault.GrpcCode = grpcCode;
        var destination = new SocketDestination(Policies.Default(policy => policy.Faults.Add(fault)), 1, "127.0.0.1:1");
        await using var proxy = await TestProxy.StartAsync(_ => destination.Live.Current);
        using var client = TestProxy.NewClient(proxy.CatalogPort, HttpVersion.Version20);
        using var body = new ByteArrayContent([]) { Headers = { ContentType = new("application/grpc") } };
        using var answer = await client.PostAsync(new Uri("/", UriKind.Relative), body, Cancellation);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(seen, answer.Headers.GetValues("grpc-status").Single());
    }

    private static Task<HttpResponseMessage> Ok(string endpoint, HttpRequestMessage request, CancellationToken cancellationToken) =>
        Task.FromResult(new HttpResponseMessage());
}
