using System.Collections.Concurrent;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mesh.Proxy.Tests.Conformance;

/// <summary>The proxy as HTTP/2's server, frame by frame: what RFC 9113 calls an error is one, and the application sees nothing of it.</summary>
public sealed class Http2ServerTests(Http2ServerTests.Route route) : IClassFixture<Http2ServerTests.Route>
{
    // RFC 9113 section 7.
    private const string Protocol = "1", FlowControl = "3", FrameSize = "6", Compression = "9";

    // RFC 9113 sections 8.2 and 8.3: malformed requests.
    public static TheoryData<string, string> MalformedFields => new()
    {
        { "x", "a\rb" }, { "x", "a\nb" }, { "x", "a\r\nHost: evil" }, { "x", "a\0b" }, { "X-Upper", "1" }, { "", "1" },
        { "connection", "close" }, { "transfer-encoding", "chunked" }, { "upgrade", "h2c" }, { "keep-alive", "1" }, { "proxy-connection", "close" },
        { "te", "gzip" }, { ":path", "/b" }, { ":unknown", "1" }, { ":status", "200" }, { "content-length", "5" },
        { "x y", "1" }, { "x:y", "1" },
    };

    public static TheoryData<string, string> MalformedPseudo => new()
    {
        { ":path", "" }, { ":path", "a" }, { ":path", "/a b" }, { ":path", "/a\r\nX: 1" }, { ":path", "/a#b" }, { ":path", "/\u00e9" },
        { ":authority", "a b" }, { ":authority", "u@a" }, { ":authority", "a/b" }, { ":authority", "a\r\nX: 1" }, { ":method", "G T" }, { ":method", "" }, { ":method", "get" },
        { ":scheme", "" }, { ":scheme", "ftp" },
    };

    [Theory]
    [MemberData(nameof(MalformedFields))]
    public async Task MalformedField_NeverReachesTheApplication(string name, string value)
    {
        using var client = await RawHttp2.ConnectAsync(route.Proxy.Inbound);
        await client.SendAsync(RawHttp2.Headers, RawHttp2.EndHeaders | RawHttp2.EndStream, 1, RawHttp2.Get((name, value)));
        await client.OutcomeAsync(1);

        Assert.Empty(route.Take());
    }

    [Theory]
    [MemberData(nameof(MalformedPseudo))]
    public async Task MalformedPseudoHeader_NeverReachesTheApplication(string name, string value)
    {
        (string Name, string Value)[] fields = [(":method", "GET"), (":scheme", "http"), (":path", "/a"), (":authority", "a")];
        using var client = await RawHttp2.ConnectAsync(route.Proxy.Inbound);
        await client.SendAsync(RawHttp2.Headers, RawHttp2.EndHeaders | RawHttp2.EndStream, 1, RawHttp2.Block([.. fields.Select(field => field.Name == name ? (name, value) : field)]));
        await client.OutcomeAsync(1);

        Assert.Empty(route.Take());
    }

    [Fact]
    public async Task WellFormedRequest_IsServed_PaddedAndContinuedToo()
    {
        using var client = await RawHttp2.ConnectAsync(route.Proxy.Inbound);
        var block = RawHttp2.Get();
        await client.SendAsync(RawHttp2.Headers, RawHttp2.EndStream | RawHttp2.Padded, 1, [2, .. block[..5], 0, 0]);
        await client.SendAsync(RawHttp2.Continuation, RawHttp2.EndHeaders, 1, block[5..]);

        Assert.Equal("END_STREAM", await client.OutcomeAsync(1));
        Assert.Equal(["/a a"], route.Take());
    }

    // Section 8.3.1 would have a server that sees the two differ take neither; here one goes on, which is what the proxy went by.
    [Fact]
    public async Task HostBesideAuthority_IsLeftBehind()
    {
        using var client = await RawHttp2.ConnectAsync(route.Proxy.Inbound);
        await client.SendAsync(RawHttp2.Headers, RawHttp2.EndHeaders | RawHttp2.EndStream, 1, RawHttp2.Get(("host", "b")));

        Assert.Equal("END_STREAM", await client.OutcomeAsync(1));
        Assert.Equal(["/a a"], route.Take());
    }

    // Section numbers of RFC 9113; the frame, and the connection error that it is.
    [Theory]
    [InlineData("5.1.1: an even stream", RawHttp2.Headers, 5, 2, "", Protocol)]
    [InlineData("5.1: DATA on an idle stream", RawHttp2.Data, 0, 3, "00", Protocol)]
    [InlineData("6.1: DATA on stream 0", RawHttp2.Data, 0, 0, "00", Protocol)]
    [InlineData("6.1: more padding than payload", RawHttp2.Data, 8, 0, "0500", Protocol)]
    [InlineData("6.2: HEADERS on stream 0", RawHttp2.Headers, 5, 0, "", Protocol)]
    [InlineData("6.4: RST_STREAM on an idle stream", RawHttp2.Reset, 0, 1, "00000008", Protocol)]
    [InlineData("6.4: RST_STREAM of three bytes", RawHttp2.Reset, 0, 1, "000008", FrameSize)]
    [InlineData("6.5: SETTINGS on a stream", RawHttp2.Settings, 0, 1, "", Protocol)]
    [InlineData("6.5: SETTINGS of five bytes", RawHttp2.Settings, 0, 0, "0003000000", FrameSize)]
    [InlineData("6.5: SETTINGS that acknowledge and set", RawHttp2.Settings, 1, 0, "000300000001", FrameSize)]
    [InlineData("6.5.2: a push setting of two", RawHttp2.Settings, 0, 0, "000200000002", Protocol)]
    [InlineData("6.5.2: a window beyond 31 bits", RawHttp2.Settings, 0, 0, "000480000000", FlowControl)]
    [InlineData("6.5.2: a frame size below the least", RawHttp2.Settings, 0, 0, "000500000001", Protocol)]
    [InlineData("6.6: PUSH_PROMISE from a client", RawHttp2.PushPromise, 4, 1, "00000002", Protocol)]
    [InlineData("6.7: PING on a stream", RawHttp2.Ping, 0, 1, "0000000000000000", Protocol)]
    [InlineData("6.7: PING of seven bytes", RawHttp2.Ping, 0, 0, "00000000000000", FrameSize)]
    [InlineData("6.8: GOAWAY on a stream", RawHttp2.GoAway, 0, 1, "0000000000000000", Protocol)]
    [InlineData("6.9: WINDOW_UPDATE of nothing", RawHttp2.WindowUpdate, 0, 0, "00000000", Protocol)]
    [InlineData("6.9: WINDOW_UPDATE of three bytes", RawHttp2.WindowUpdate, 0, 0, "000001", FrameSize)]
    [InlineData("6.9.1: a window beyond 31 bits", RawHttp2.WindowUpdate, 0, 0, "7fffffff", FlowControl)]
    [InlineData("6.10: CONTINUATION of nothing", RawHttp2.Continuation, 4, 1, "", Protocol)]
    [InlineData("4.3: a block that is no HPACK", RawHttp2.Headers, 5, 1, "ff8080808080808080", Compression)]
    public async Task BrokenFrame_EndsTheConnectionWithItsError(string section, byte type, byte flags, int streamId, string payload, string error)
    {
        using var client = await RawHttp2.ConnectAsync(route.Proxy.Inbound);
        await client.SendAsync(type, flags, streamId, Convert.FromHexString(payload));

        Assert.Equal((section, "GOAWAY " + error), (section, await client.OutcomeAsync(0)));
        Assert.Empty(route.Take());
    }

    // RFC 9113 section 6.10; the CONTINUATION flood of 2024 (CVE-2024-27316 and kin).
    [Fact]
    public async Task ContinuationFlood_EndsTheConnection()
    {
        using var client = await RawHttp2.ConnectAsync(route.Proxy.Inbound);
        await client.SendAsync(RawHttp2.Headers, RawHttp2.EndStream, 1, RawHttp2.Get());
        var more = RawHttp2.Block(("x", new string('a', 10_000)));
        try
        {
            for (var i = 0; i < 100; i++) await client.SendAsync(RawHttp2.Continuation, 0, 1, more);
        }
        catch (IOException)
        {
            // It has had enough.
        }

        Assert.NotEqual("END_STREAM", await client.OutcomeAsync(1));
        Assert.Empty(route.Take());
    }

    // CVE-2023-44487.
    [Fact]
    public async Task RapidReset_IsEnded_OrOutlived()
    {
        using var client = await RawHttp2.ConnectAsync(route.Proxy.Inbound);
        try
        {
            for (var id = 1; id < 10_000; id += 2)
            {
                await client.SendAsync(RawHttp2.Headers, RawHttp2.EndHeaders, id, RawHttp2.Get());
                await client.SendAsync(RawHttp2.Reset, 0, id, [0, 0, 0, 8]);
            }
        }
        catch (IOException)
        {
            // It has had enough.
        }
        using var other = await RawHttp2.ConnectAsync(route.Proxy.Inbound);
        await other.SendAsync(RawHttp2.Headers, RawHttp2.EndHeaders | RawHttp2.EndStream, 1, RawHttp2.Get());

        Assert.Equal("END_STREAM", await other.OutcomeAsync(1));
        route.Take();
    }

    [Fact]
    public async Task BodyThatIsNotItsLength_IsAStreamError()
    {
        using var client = await RawHttp2.ConnectAsync(route.Proxy.Inbound);
        await client.SendAsync(RawHttp2.Headers, RawHttp2.EndHeaders, 1, RawHttp2.Get(("content-length", "5")));
        await client.SendAsync(RawHttp2.Data, RawHttp2.EndStream, 1, "hello, and more"u8.ToArray());

        Assert.StartsWith("RST_STREAM", await client.OutcomeAsync(1), StringComparison.Ordinal);
        route.Take();
    }

    /// <summary>One proxy before an application that keeps the path and the host of what reaches it.</summary>
    public sealed class Route : IAsyncLifetime
    {
        private readonly ConcurrentQueue<string> _paths = new();
        private TestApplication? _application;

        internal TestProxy Proxy { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            _application = await TestApplication.StartAsync(
                async context =>
                {
                    await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
                    _paths.Enqueue($"{context.Request.Path} {context.Request.Host}");
                },
                HttpProtocols.Http2);
            Proxy = await TestProxy.StartAsync(application: _application.Address);
        }

        public async ValueTask DisposeAsync()
        {
            await Proxy.DisposeAsync();
            await _application!.DisposeAsync();
        }

        internal IReadOnlyList<string> Take()
        {
            var taken = _paths.ToArray();
            _paths.Clear();
            return taken;
        }
    }
}
