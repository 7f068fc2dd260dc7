using System.IO.Pipelines;
using System.Net;
using Google.Protobuf.WellKnownTypes;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Tests.Discovery;
using Mesh.Proxy.Tests.Forwarding;
using Mesh.Proxy.Tests.Routing;

namespace Mesh.Proxy.Tests.Resilience;

public sealed class IdleTimeoutTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly Pipe _body = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task StreamThatStandsStill_Ends()
    {
        var (destination, stream) = await OpenAsync();
        var start = destination.Time.GetUtcNow();
        var failure = await Assert.ThrowsAsync<MeshException>(() => destination.RunAsync(stream.ReadAsync(new byte[10], Cancellation).AsTask()));
        Assert.Equal(MeshErrorCode.IdleTimeout, failure.Code);
        Assert.Equal(10 * Second, destination.Time.GetUtcNow() - start);
    }

    [Fact]
    public async Task Bytes_KeepItOpen()
    {
        var (destination, stream) = await OpenAsync();
        for (var i = 0; i < 5; i++)
        {
            var reading = stream.ReadAsync(new byte[10], Cancellation);
            destination.Time.Advance(9 * Second);
            Assert.False(reading.IsCompleted);
            await _body.Writer.WriteAsync("x"u8.ToArray(), Cancellation);
            Assert.Equal(1, await reading);
        }
    }

    [Fact]
    public async Task BytesTheOtherWay_KeepItOpenToo()
    {
        var (destination, stream) = await OpenAsync();
        var reading = stream.ReadAsync(new byte[10], Cancellation).AsTask();
        for (var i = 0; i < 5; i++)
        {
            destination.Time.Advance(9 * Second);
            destination.Trace.Idle!.Touch();
        }
        Assert.False(reading.IsCompleted);
        destination.Time.Advance(10 * Second);
        await Assert.ThrowsAsync<MeshException>(() => reading);
    }

    [Fact]
    public async Task ClientThatLeaves_IsNoIdleStream()
    {
        using var client = new CancellationTokenSource();
        var (_, stream) = await OpenAsync(client.Token);
        var reading = stream.ReadAsync(new byte[10], client.Token).AsTask();
        await client.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    }

    [Fact]
    public async Task WaitForTheHead_IsNotIdle()
    {
        var policy = Policies.Default(policy => policy.Timeouts.Idle = Duration.FromTimeSpan(Second));
        FakeDestination destination = null!;
        destination = new(policy, async (_, _, cancellationToken) =>
        {
            await Task.Delay(60 * Second, destination.Time, cancellationToken);
            return new();
        });
        using var response = await destination.RunAsync(destination.SendAsync(HttpMethod.Get));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task StandstillOverSockets_EndsTheClientsStream(bool upgrade)
    {
        var head = upgrade ? "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n" : "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nx";
        await using var application = new RawApplication(head);
        var policy = Policies.Default(policy => policy.Timeouts.Idle = Duration.FromTimeSpan(Second / 4));
        var destination = new SocketDestination(policy, 1, application.Address.ToString());
        await using var proxy = await TestProxy.StartAsync(_ => destination.Live.Current);
        using var client = await RawClient.ConnectAsync(proxy.CatalogPort);
        await client.SendAsync($"GET / HTTP/1.1\r\nHost: catalog.shop\r\n{(upgrade ? "Connection: Upgrade\r\nUpgrade: websocket\r\n" : "")}\r\n");

        var received = await client.ReadToEndAsync();
        Assert.StartsWith(head[..12], received, StringComparison.Ordinal);
        using var admin = TestProxy.NewClient(proxy.Admin);
        string metrics;
        do
        {
            metrics = await admin.GetStringAsync(new Uri("/metrics", UriKind.Relative), Cancellation);
        }
        while (!metrics.Contains("mesh_requests_total", StringComparison.Ordinal));
        Assert.Contains("error=\"mesh/idle-timeout\"", metrics, StringComparison.Ordinal);
    }

    private async Task<(FakeDestination Destination, Stream Stream)> OpenAsync(CancellationToken? client = null)
    {
        var policy = Policies.Default(policy => policy.Timeouts.Idle = Duration.FromTimeSpan(10 * Second));
        var destination = new FakeDestination(policy, (_, _, _) => Task.FromResult(new HttpResponseMessage { Content = new StreamContent(_body.Reader.AsStream()) }));
        var response = await destination.SendAsync(HttpMethod.Get, client: client);
        return (destination, await response.Content.ReadAsStreamAsync(Cancellation));
    }
}
