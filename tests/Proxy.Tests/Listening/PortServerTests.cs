using System.Net;
using Mesh.Proxy.Listening;
using Mesh.Proxy.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Proxy.Tests.Listening;

public sealed class PortServerTests : IAsyncLifetime
{
    private const string Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    private const string LastChunk = "\r\n0\r\n\r\n";
    private const string EmptySettings = "\0\0\0\u0004\0\0\0\0\0";

    private readonly FakeTimeProvider _clock = new();
    private readonly Port _port = new("test", new(IPAddress.Loopback, 0), context => context.Response.WriteAsync(context.Request.Protocol));
    private readonly EventLoops _loops = new();
    private readonly PortServer _server;

    public PortServerTests() => _server = NewServer(_port);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private IPEndPoint Address => _port.Bound!;

    public async ValueTask InitializeAsync() => await _server.StartAsync(Cancellation);

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _server.StopAsync(now.Token);
        await _server.DisposeAsync();
        _loops.Dispose();
    }

    [Theory]
    [InlineData(1, "HTTP/1.1")]
    [InlineData(2, "HTTP/2")]
    public async Task OnePort_SpeaksBothVersions(int version, string protocol)
    {
        using var client = new HttpClient { DefaultRequestVersion = new(version, version is 1 ? 1 : 0), DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };

        Assert.Equal(protocol, await client.GetStringAsync(new Uri($"http://{Address}/"), Cancellation));
    }

    [Fact]
    public async Task Preface_InManyPieces_IsHttp2()
    {
        using var client = await RawClient.ConnectAsync(Address);
        foreach (var piece in (Preface + EmptySettings).Chunk(5)) await client.SendAsync(new string(piece));

        // The server's first frame is SETTINGS (type 4).
        Assert.Equal('\u0004', (await client.ReadUntilAsync("\u0004"))[3]);
    }

    [Fact]
    public async Task RequestLine_InManyPieces_IsHttp1()
    {
        using var client = await RawClient.ConnectAsync(Address);
        foreach (var piece in "GET / HTTP/1.1\r\nHost: a\r\n\r\n") await client.SendAsync(piece.ToString());

        Assert.StartsWith("HTTP/1.1 200", await client.ReadUntilAsync("HTTP/1.1\r\n0\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task SilentConnections_HoldUpNoOther()
    {
        var silent = new List<RawClient>();
        for (var i = 0; i < 20; i++) silent.Add(await RawClient.ConnectAsync(Address));
        using var client = new HttpClient();

        Assert.Equal("HTTP/1.1", await client.GetStringAsync(new Uri($"http://{Address}/"), Cancellation));
        silent.ForEach(connection => connection.Dispose());
    }

    [Fact]
    public async Task SilentConnection_IsServedHttp1_WhenItSpeaksAtLast()
    {
        using var client = await RawClient.ConnectAsync(Address);
        _clock.Advance(TimeSpan.FromMinutes(1));
        await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 200", await client.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\u0016\u0003\u0001\u0002\0\u0001\0\u0001\u00fc\u0003\u0003")]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n\r\n")]
    [InlineData("\0\0\0\0\r\n\r\n")]
    public async Task OtherProtocols_AreRefused(string bytes)
    {
        using var client = await RawClient.ConnectAsync(Address);
        await client.SendAsync(bytes);
        var answer = await client.ReadToEndAsync();

        Assert.True(answer.Length is 0 || answer.StartsWith("HTTP/1.1 400", StringComparison.Ordinal), answer);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: a\nX: 1\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\nHost: a\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n\n")]
    public async Task BareLineFeed_IsRefused(string request)
    {
        using var client = await RawClient.ConnectAsync(Address);
        await client.SendAsync(request + "GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 400", await client.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Headers_AreBounded()
    {
        using var client = await RawClient.ConnectAsync(Address);
        await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\nX: " + new string('x', 200_000) + "\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 431", await client.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task LargeHeaders_Pass()
    {
        using var client = await RawClient.ConnectAsync(Address);
        await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX: " + new string('x', 60_000) + "\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 200", await client.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ConnectionServedAgain_HasNothingOfTheFormerRequest(bool staysOnLoop)
    {
        var port = new Port("test", new(IPAddress.Loopback, 0), TellAsync) { StaysOnLoop = staysOnLoop };
        await using var server = NewServer(port);
        await server.StartAsync(Cancellation);
        using var client = await RawClient.ConnectAsync(port.Bound!);
        await client.SendAsync($"POST /first?a HTTP/1.1\r\nHost: a\r\nX-First: 1\r\nContent-Length: {100_000}\r\n\r\n{new string('x', 100_000)}");
        Assert.Contains("POST /first?a, Content-Length Host X-First, 0 items, 100000 bytes", await client.ReadUntilAsync(LastChunk), StringComparison.Ordinal);
        await client.SendAsync("GET /second HTTP/1.1\r\nHost: b\r\n\r\n");
        var second = await client.ReadUntilAsync(LastChunk);

        Assert.Contains("GET /second, Host, 0 items, 0 bytes", second, StringComparison.Ordinal);
        Assert.DoesNotContain("X-Answer-To: /first", second, StringComparison.Ordinal);
        await server.StopAsync(Cancellation);
    }

    [Fact]
    public async Task TakenPort_IsNamed()
    {
        await using var second = NewServer(new("outbound", Address, _ => Task.CompletedTask));

        var failure = await Assert.ThrowsAsync<PortUnavailableException>(() => second.StartAsync(Cancellation));
        Assert.Contains($"{Address} (for outbound) is in use", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AddressOfAnotherHost_IsNamed()
    {
        // TEST-NET-1 (RFC 5737) is nobody's.
        await using var second = NewServer(new("inbound", new(IPAddress.Parse("192.0.2.1"), 0), _ => Task.CompletedTask));

        var failure = await Assert.ThrowsAsync<PortUnavailableException>(() => second.StartAsync(Cancellation));
        Assert.StartsWith("192.0.2.1:0 (for inbound) can't be listened on: ", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stop_SaysGoAwayOverHttp2()
    {
        using var client = await RawClient.ConnectAsync(Address);
        await client.SendAsync(Preface + EmptySettings);
        // SETTINGS (type 4) with the acknowledge flag: the connection is up.
        await client.ReadUntilAsync("\0\0\0\u0004\u0001");
        var reading = client.ReadToEndAsync();
        await _server.StopAsync(Cancellation);

        // GOAWAY (type 7), 8 bytes, on stream 0.
        Assert.Contains("\0\0\u0008\u0007\0\0\0\0\0", await reading, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stop_ClosesUndecidedConnections()
    {
        using var client = await RawClient.ConnectAsync(Address);
        await client.SendAsync(Preface[..3]);
        await _server.StopAsync(Cancellation);

        Assert.Equal("", await client.ReadToEndAsync());
    }

    private static async Task TellAsync(HttpContext context)
    {
        var request = context.Request;
        var body = new MemoryStream();
        await request.Body.CopyToAsync(body, context.RequestAborted);
        var items = context.Items.Count;
        context.Items["of"] = request.Path;
        context.Response.Headers["X-Answer-To"] = request.Path.Value;
        await context.Response.WriteAsync($"{request.Method} {request.Path}{request.QueryString}, {string.Join(' ', request.Headers.Select(field => field.Key).Order())}, {items} items, {body.Length} bytes");
    }

    private PortServer NewServer(Port port) => new([port], _loops, TimeSpan.FromMilliseconds(100), _clock, NullLoggerFactory.Instance);
}
