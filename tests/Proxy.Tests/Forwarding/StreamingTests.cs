using System.Net;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mesh.Proxy.Tests.Forwarding;

public class StreamingTests
{
    private static readonly Uri Root = new("/", UriKind.Relative);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<int> Versions => [1, 2];

    private protected virtual Task<Way> StartAsync(IPEndPoint application) => Way.InAsync(application);

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task LargeBodies_PassBothWays(int version)
    {
        await using var application = await TestApplication.StartAsync(async context =>
        {
            // Whole first: HttpClient reads no answer before it has sent a body of known length.
            using var received = new MemoryStream();
            await context.Request.Body.CopyToAsync(received);
            await context.Response.Body.WriteAsync(received.GetBuffer().AsMemory(0, (int)received.Length));
        }, Protocols(version));
        await using var proxy = await StartAsync(application.Address);
        using var client = TestProxy.NewClient(proxy.Inbound, Http(version));
        var body = new byte[3_000_000];
        new Random(1).NextBytes(body);
        using var answer = await client.PostAsync(Root, new ByteArrayContent(body), Cancellation);

        Assert.Equal(body, await answer.Content.ReadAsByteArrayAsync(Cancellation));
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task UploadedByte_Arrives_BeforeTheUploadEnds(int version)
    {
        var arrived = new TaskCompletionSource();
        await using var application = await TestApplication.StartAsync(async context =>
        {
            await context.Request.Body.ReadExactlyAsync(new byte[1]);
            arrived.SetResult();
            await context.Request.Body.CopyToAsync(Stream.Null);
        }, Protocols(version));
        await using var proxy = await StartAsync(application.Address);
        using var client = TestProxy.NewClient(proxy.Inbound, Http(version));
        using var upload = new PlayedContent();
        var answering = client.PostAsync(Root, upload, Cancellation);
        var sink = await upload.Stream.Task.WaitAsync(Cancellation);
        await sink.WriteAsync("a"u8.ToArray(), Cancellation);
        await sink.FlushAsync(Cancellation);

        await arrived.Task.WaitAsync(Cancellation);
        upload.Done.SetResult();
        (await answering).Dispose();
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task AnsweredHeadAndByte_Arrive_BeforeTheAnswerEnds(int version)
    {
        var headArrived = new TaskCompletionSource();
        var byteArrived = new TaskCompletionSource();
        await using var application = await TestApplication.StartAsync(async context =>
        {
            await context.Response.Body.FlushAsync();
            await headArrived.Task;
            await context.Response.WriteAsync("a");
            await context.Response.Body.FlushAsync();
            await byteArrived.Task;
        }, Protocols(version));
        await using var proxy = await StartAsync(application.Address);
        using var client = TestProxy.NewClient(proxy.Inbound, Http(version));
        using var answer = await client.GetAsync(Root, HttpCompletionOption.ResponseHeadersRead, Cancellation);
        headArrived.SetResult();
        await using var body = await answer.Content.ReadAsStreamAsync(Cancellation);
        await body.ReadExactlyAsync(new byte[1], Cancellation);
        byteArrived.SetResult();

        Assert.Equal(0, await body.ReadAsync(new byte[1], Cancellation));
    }

    // HTTP/2 only: HttpClient reads no answer over HTTP/1.1 before it has sent the request whole.
    [Fact]
    public async Task Bytes_PassBothWays_BeforeEitherBodyEnds()
    {
        await using var application = await TestApplication.StartAsync(EchoAtOnceAsync, HttpProtocols.Http2);
        await using var proxy = await StartAsync(application.Address);
        using var client = TestProxy.NewClient(proxy.Inbound, HttpVersion.Version20);
        using var upload = new PlayedContent();
        using var request = new HttpRequestMessage(HttpMethod.Post, Root) { Content = upload, Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        var answering = client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancellation);
        var sink = await upload.Stream.Task.WaitAsync(Cancellation);

        // The answer's head comes before a byte of either body.
        await sink.FlushAsync(Cancellation);
        using var answer = await answering;
        await using var source = await answer.Content.ReadAsStreamAsync(Cancellation);
        foreach (var letter in "abc"u8.ToArray())
        {
            await sink.WriteAsync(new[] { letter }, Cancellation);
            await sink.FlushAsync(Cancellation);
            var received = new byte[1];
            await source.ReadExactlyAsync(received, Cancellation);
            Assert.Equal(letter, received[0]);
        }

        upload.Done.SetResult();
        Assert.Equal(0, await source.ReadAsync(new byte[1], Cancellation));
    }

    [Fact]
    public async Task Trailers_Pass()
    {
        await using var application = await TestApplication.StartAsync(async context =>
        {
            await context.Response.WriteAsync("body");
            context.Response.AppendTrailer("x-sum", "7");
        }, HttpProtocols.Http2);
        await using var proxy = await StartAsync(application.Address);
        using var client = TestProxy.NewClient(proxy.Inbound, HttpVersion.Version20);
        using var answer = await client.GetAsync(Root, Cancellation);

        Assert.Equal("body", await answer.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal("7", answer.TrailingHeaders.GetValues("x-sum").Single());
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task ClientThatGivesUp_CancelsUpstream(int version)
    {
        var arrived = new TaskCompletionSource();
        var aborted = new TaskCompletionSource();
        await using var application = await TestApplication.StartAsync(async context =>
        {
            context.RequestAborted.Register(aborted.SetResult);
            arrived.SetResult();
            await aborted.Task;
        }, Protocols(version));
        await using var proxy = await StartAsync(application.Address);
        using var client = TestProxy.NewClient(proxy.Inbound, Http(version));
        using var giveUp = new CancellationTokenSource();
        var asking = client.GetAsync(Root, giveUp.Token);
        await arrived.Task.WaitAsync(Cancellation);
        await giveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        await aborted.Task.WaitAsync(Cancellation);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task UpstreamThatBreaksOff_EndsTheAnswerUnfinished(int version)
    {
        var read = new TaskCompletionSource();
        await using var application = await TestApplication.StartAsync(async context =>
        {
            await context.Response.WriteAsync("half");
            await context.Response.Body.FlushAsync();
            await read.Task;
            context.Abort();
        }, Protocols(version));
        await using var proxy = await StartAsync(application.Address);
        using var client = TestProxy.NewClient(proxy.Inbound, Http(version));
        using var answer = await client.GetAsync(Root, HttpCompletionOption.ResponseHeadersRead, Cancellation);

        await using var body = await answer.Content.ReadAsStreamAsync(Cancellation);
        await body.ReadExactlyAsync(new byte[4], Cancellation);
        read.SetResult();

        await Assert.ThrowsAnyAsync<Exception>(() => body.ReadAsync(new byte[1], Cancellation).AsTask());
    }

    [Fact]
    public async Task ExpectContinue_WaitsForTheApplication()
    {
        var admit = new TaskCompletionSource();
        await using var application = await TestApplication.StartAsync(async context =>
        {
            await admit.Task;
            await context.Request.Body.CopyToAsync(context.Response.Body);
        });
        await using var proxy = await StartAsync(application.Address);
        using var client = await RawClient.ConnectAsync(proxy.Inbound);
        await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\nConnection: close\r\n\r\n");
        admit.SetResult();

        Assert.Equal("HTTP/1.1 100 Continue\r\n\r\n", await client.ReadUntilAsync("\r\n\r\n"));
        await client.SendAsync("hello");
        Assert.EndsWith("hello\r\n0\r\n\r\n", await client.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task WebSocket_Echoes(int version)
    {
        await using var application = await TestApplication.StartAsync(Protocols(version), _ => { }, pipeline =>
        {
            pipeline.UseWebSockets();
            pipeline.Run(EchoWebSocketAsync);
        });
        await using var proxy = await StartAsync(application.Address);
        using var socket = await ConnectWebSocketAsync(proxy, version);
        await socket.SendAsync("hello"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, Cancellation);
        var buffer = new byte[16];
        var received = await socket.ReceiveAsync(buffer, Cancellation);

        Assert.Equal("hello", Encoding.UTF8.GetString(buffer, 0, received.Count));
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, Cancellation);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task WebSocket_ThatTheApplicationCloses_IsClosedWithItsReason(int version)
    {
        await using var application = await TestApplication.StartAsync(Protocols(version), _ => { }, pipeline =>
        {
            pipeline.UseWebSockets();
            pipeline.Run(async context =>
            {
                using var accepted = await context.WebSockets.AcceptWebSocketAsync();
                await accepted.CloseAsync(WebSocketCloseStatus.EndpointUnavailable, "bye", context.RequestAborted);
            });
        });
        await using var proxy = await StartAsync(application.Address);
        using var socket = await ConnectWebSocketAsync(proxy, version);
        var received = await socket.ReceiveAsync(new byte[16], Cancellation);

        Assert.Equal((WebSocketMessageType.Close, WebSocketCloseStatus.EndpointUnavailable, "bye"), (received.MessageType, received.CloseStatus, received.CloseStatusDescription));
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, Cancellation);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task WebSocket_WhoseClientVanishes_EndsAtTheApplication(int version)
    {
        var ended = new TaskCompletionSource();
        await using var application = await TestApplication.StartAsync(Protocols(version), _ => { }, pipeline =>
        {
            pipeline.UseWebSockets();
            pipeline.Run(async context =>
            {
                using var accepted = await context.WebSockets.AcceptWebSocketAsync();
                try
                {
                    await accepted.ReceiveAsync(new byte[16], CancellationToken.None);
                }
                catch (WebSocketException)
                {
                    ended.SetResult();
                }
            });
        });
        await using var proxy = await StartAsync(application.Address);
        var socket = await ConnectWebSocketAsync(proxy, version);
        socket.Abort();

        await ended.Task.WaitAsync(Cancellation);
    }

    private static async Task<ClientWebSocket> ConnectWebSocketAsync(Way proxy, int version)
    {
        var socket = new ClientWebSocket();
        (socket.Options.HttpVersion, socket.Options.HttpVersionPolicy) = (Http(version), HttpVersionPolicy.RequestVersionExact);
        await socket.ConnectAsync(new Uri($"ws://{proxy.Inbound}/"), new HttpMessageInvoker(new SocketsHttpHandler()), Cancellation);
        return socket;
    }

    private static HttpProtocols Protocols(int version) => version is 1 ? HttpProtocols.Http1 : HttpProtocols.Http2;

    private static Version Http(int version) => version is 1 ? HttpVersion.Version11 : HttpVersion.Version20;

    private static async Task EchoAtOnceAsync(HttpContext context)
    {
        await context.Response.Body.FlushAsync();
        var buffer = new byte[1024];
        int read;
        while ((read = await context.Request.Body.ReadAsync(buffer)) > 0)
        {
            await context.Response.Body.WriteAsync(buffer.AsMemory(0, read));
            await context.Response.Body.FlushAsync();
        }
    }

    private static async Task EchoWebSocketAsync(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var buffer = new byte[1024];
        while (true)
        {
            var received = await socket.ReceiveAsync(buffer, context.RequestAborted);
            if (received.MessageType is WebSocketMessageType.Close) break;
            await socket.SendAsync(buffer.AsMemory(0, received.Count), received.MessageType, received.EndOfMessage, context.RequestAborted);
        }
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
    }

    private sealed class PlayedContent : HttpContent
    {
        public TaskCompletionSource<Stream> Stream { get; } = new();

        public TaskCompletionSource Done { get; } = new();

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            Stream.SetResult(stream);
            return Done.Task;
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
