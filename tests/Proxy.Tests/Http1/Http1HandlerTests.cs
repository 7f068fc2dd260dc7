using System.Net.Sockets;
using System.Text;
using Mesh.Proxy.Http1;
using Mesh.Proxy.Routing;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Proxy.Tests.Http1;

/// <summary>The client over real connections: what goes out, when a connection is used again, and how each failure ends.</summary>
public sealed class Http1HandlerTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> Reusable =>
    [
        Ok,
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        "HTTP/1.1 204 No Content\r\n\r\n",
        "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\n\r\n" + Ok,
        "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 2\r\n\r\nok",
    ];

    public static TheoryData<string> Final =>
    [
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nConnection: x, CLOSE\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\n\r\nok" + PlayedServer.Close,
        Ok + PlayedServer.Close,
        // What nobody asked for is nobody's answer.
        Ok + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
        Ok + "\r\n",
        "HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\nevil",
    ];

    public static TheoryData<string> Hostile =>
    [
        "SSH-2.0-OpenSSH_9.2\r\n\r\n",
        "HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 20 OK\r\n\r\n",
        "HTTP/1.1 099 OK\r\n\r\n",
        "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/1.1  200 OK\r\n\r\n",
        "HTTP/1.1 200\tOK\r\n\r\n",
        "HTTP/1.1 200 O\x01K\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
        "\r\nHTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX\r\n\r\n",
        "HTTP/1.1 200 OK\r\n: a\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX : a\r\n\r\n",
        "HTTP/1.1 200 OK\r\n X: a\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: a\rSet-Cookie: b\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nContent-Length: 0x2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775808\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: \x0b" + "chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: " + new string('a', 100_000) + "\r\n\r\n",
        "HTTP/1.1 200 OK\r\n" + string.Concat(Enumerable.Repeat("X: a\r\n", 600)) + "\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2 \r\nok\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nok\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nno trailer\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: " + new string('a', 20_000) + "\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok" + PlayedServer.Close,
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n" + PlayedServer.Close,
        "HTTP/1.1 200 OK\r\nContent-Le" + PlayedServer.Close,
        "HTTP/1.1 100 Continue\r\n\r\n" + PlayedServer.Close,
    ];

    [Theory]
    [MemberData(nameof(Reusable))]
    public async Task Connection_IsUsedAgain_WhereTheAnswerHasItsEnd(string answer)
    {
        await using var server = new PlayedServer((_, _) => answer);
        var first = await server.SendAsync();
        for (var i = 0; i < 3; i++) Assert.Equal(first, await server.SendAsync());
        Assert.Equal(1, server.Connections);
    }

    [Theory]
    [MemberData(nameof(Final))]
    public async Task Connection_IsNotUsedAgain_WhereItCouldMeanSomethingElse(string answer)
    {
        await using var server = new PlayedServer((connection, _) => connection is 1 ? answer : Ok);
        await server.SendAsync();
        await Condition.HoldsAsync(() => server.Ended is 1);
        Assert.Equal("200 ok", await server.SendAsync());
        Assert.Equal(2, server.Connections);
    }

    [Theory]
    [MemberData(nameof(Hostile))]
    public async Task HostileAnswer_Fails_AndEndsItsConnection(string answer)
    {
        await using var server = new PlayedServer((connection, _) => connection is 1 ? answer : Ok);
        await Assert.ThrowsAnyAsync<Exception>(async () => await server.SendAsync());
        await Condition.HoldsAsync(() => server.Ended is 1);
        Assert.Equal("200 ok", await server.SendAsync());
        Assert.Equal(2, server.Connections);
    }

    [Fact]
    public async Task Failures_SayWhatKindTheyAre()
    {
        await using var malformed = new PlayedServer((_, _) => "HTTP/1.1 2x0 OK\r\n\r\n");
        Assert.Equal(HttpRequestError.InvalidResponse, (await Assert.ThrowsAsync<HttpRequestException>(() => malformed.SendAsync())).HttpRequestError);

        await using var large = new PlayedServer((_, _) => "HTTP/1.1 200 OK\r\nX: " + new string('a', 100_000));
        Assert.Equal(HttpRequestError.ConfigurationLimitExceeded, (await Assert.ThrowsAsync<HttpRequestException>(() => large.SendAsync())).HttpRequestError);

        await using var silent = new PlayedServer((_, _) => PlayedServer.Close);
        Assert.Equal(HttpRequestError.ResponseEnded, (await Assert.ThrowsAsync<HttpRequestException>(() => silent.SendAsync())).HttpRequestError);

        using var nobody = new HttpMessageInvoker(new Http1Handler(_ => throw new SocketException((int)SocketError.ConnectionRefused), TimeSpan.FromSeconds(1), TimeProvider.System));
        using var request = PlayedServer.NewRequest();
        Assert.Equal(HttpRequestError.ConnectionError, (await Assert.ThrowsAsync<HttpRequestException>(() => nobody.SendAsync(request, Cancellation))).HttpRequestError);
    }

    [Fact]
    public async Task Request_GoesOutAsItIs()
    {
        await using var server = new PlayedServer((_, _) => Ok);
        using (var request = new HttpRequestMessage(HttpMethod.Get, new Uri("http://server:81/a/../%41?b=%zz", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true })))
        {
            request.Headers.TryAddWithoutValidation("x-lower", "\xe9 \t1");
            request.Headers.TryAddWithoutValidation("Cookie", (string[])["a=1", "b=2"]);
            request.Headers.TryAddWithoutValidation("X-List", (string[])["1", "2"]);
            (await server.Client.SendAsync(request, Cancellation)).Dispose();
        }
        await server.SendAsync(HttpMethod.Delete);
        await server.SendAsync(HttpMethod.Head);
        await server.SendAsync(HttpMethod.Post, new ByteArrayContent([]));

        Assert.Equal("GET /a/../%41?b=%zz HTTP/1.1\r\nHost: server:81\r\nx-lower: \xe9 \t1\r\nCookie: a=1; b=2\r\nX-List: 1, 2\r\n\r\n", server.Requests[0]);
        Assert.Equal("DELETE /path HTTP/1.1\r\nHost: server\r\nContent-Length: 0\r\n\r\n", server.Requests[1]);
        Assert.Equal("HEAD /path HTTP/1.1\r\nHost: server\r\n\r\n", server.Requests[2]);
        Assert.Equal("POST /path HTTP/1.1\r\nHost: server\r\nContent-Length: 0\r\n\r\n", server.Requests[3]);
    }

    [Theory]
    [InlineData("a\0b")]
    [InlineData("a\u0100b")]
    public async Task Request_ThatCouldBeReadAsTwo_IsRefused(string value)
    {
        await using var server = new PlayedServer((_, _) => Ok);
        using var request = PlayedServer.NewRequest();
        request.Headers.TryAddWithoutValidation("X", value);
        var refused = await Assert.ThrowsAsync<MeshException>(() => server.Client.SendAsync(request, Cancellation));
        Assert.Equal(MeshErrorCode.MalformedRequest, refused.Code);
        Assert.Empty(server.Requests);
    }

    [Theory]
    [InlineData(5, 4)]
    [InlineData(5, 6)]
    public async Task Body_OfAnotherLengthThanTheHeadSays_Fails(int said, int sent)
    {
        await using var server = new PlayedServer((_, _) => null);
        var content = new PiecewiseContent([new byte[sent]]);
        content.Headers.ContentLength = said;
        await Assert.ThrowsAsync<HttpRequestException>(() => server.SendAsync(HttpMethod.Post, content));
        await Condition.HoldsAsync(() => server.Ended == server.Connections);
    }

    [Theory]
    [InlineData("GET", true)]
    [InlineData("POST", false)]
    public async Task KeptConnection_ThatEndsUnderARequest_IsReplaced_WhereTheRequestIsIdempotent(string method, bool isReplaced)
    {
        await using var server = new PlayedServer((connection, request) => (connection, request) is (1, 2) ? PlayedServer.Close : Ok);
        await server.SendAsync();
        var again = server.SendAsync(new(method));
        if (isReplaced) Assert.Equal("200 ok", await again);
        else Assert.Equal(HttpRequestError.ResponseEnded, (await Assert.ThrowsAsync<HttpRequestException>(() => again)).HttpRequestError);
        Assert.Equal(isReplaced ? 3 : 2, server.Requests.Count);
    }

    [Fact]
    public async Task KeptConnection_WhoseWaitEndsForNothing_IsUsedAgain()
    {
        await using var server = new PlayedServer((_, _) => Ok, between: socket => new EndsEveryOtherWait(socket));
        for (var i = 0; i < 3; i++) Assert.Equal("200 ok", await server.SendAsync());
        Assert.Equal(1, server.Connections);
    }

    [Fact]
    public async Task NewConnection_ThatEndsUnderARequest_IsAFailure()
    {
        await using var server = new PlayedServer((_, _) => PlayedServer.Close);
        await Assert.ThrowsAsync<HttpRequestException>(() => server.SendAsync());
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task KeptConnection_ThatBeganToAnswer_IsAFailure()
    {
        await using var server = new PlayedServer((_, request) => request is 2 ? "HTTP/1.1 2" + PlayedServer.Close : Ok);
        await server.SendAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => server.SendAsync());
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task CancelledRequest_EndsItsConnection()
    {
        await using var server = new PlayedServer((_, _) => null);
        using var cancelling = new CancellationTokenSource();
        using var request = PlayedServer.NewRequest();
        var sending = server.Client.SendAsync(request, cancelling.Token);
        await Condition.HoldsAsync(() => server.Requests.Count is 1);
        await cancelling.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        await Condition.HoldsAsync(() => server.Ended is 1);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe")]
    [InlineData("HTTP/1.1 200 OK\r\n\r\nhe")]
    public async Task CancelledRead_EndsTheConnection_AndTheBody(string answer)
    {
        await using var server = new PlayedServer((_, _) => answer);
        using var cancelling = new CancellationTokenSource();
        using var request = PlayedServer.NewRequest();
        using var response = await server.Client.SendAsync(request, Cancellation);
        var body = await response.Content.ReadAsStreamAsync(Cancellation);
        await body.ReadExactlyAsync(new byte[2], Cancellation);
        var reading = body.ReadAsync(new byte[10], cancelling.Token).AsTask();
        await cancelling.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        await Assert.ThrowsAnyAsync<Exception>(() => body.CopyToAsync(Stream.Null, Cancellation));
        await Condition.HoldsAsync(() => server.Ended is 1);
    }

    [Fact]
    public async Task DisposedAnswer_EndsItsConnection()
    {
        await using var server = new PlayedServer((_, _) => "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe");
        using var request = PlayedServer.NewRequest();
        (await server.Client.SendAsync(request, Cancellation)).Dispose();
        await Condition.HoldsAsync(() => server.Ended is 1);
    }

    [Fact]
    public async Task Answer_ComesBeforeTheRequestHasEnded_AndTheConnectionWaitsForBoth()
    {
        await using var server = new PlayedServer((_, _) => Ok);
        var rest = new TaskCompletionSource();
        using var request = PlayedServer.NewRequest(HttpMethod.Post, new HeldContent("hello", rest.Task));
        using var response = await server.Client.SendAsync(request, Cancellation);
        Assert.Equal("ok", await response.Content.ReadAsStringAsync(Cancellation));

        await server.SendAsync();
        Assert.Equal(2, server.Connections);
        rest.SetResult();
        await Condition.HoldsAsync(() => server.Requests.Count >= 3);
    }

    [Fact]
    public async Task BodyThatFails_EndsTheConnection_AndSaysWhy()
    {
        await using var server = new PlayedServer((_, _) => null);
        var failing = new HeldContent("hello", Task.FromException(new InvalidOperationException("no more")));
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => server.SendAsync(HttpMethod.Post, failing));
        Assert.Equal("no more", failure.Message);
        await Condition.HoldsAsync(() => server.Ended is 1);
    }

    [Fact]
    public async Task IdleConnection_IsClosedWhenItIsOld()
    {
        var time = new FakeTimeProvider();
        await using var server = new PlayedServer((_, _) => Ok, time);
        await server.SendAsync();
        time.Advance(TimeSpan.FromSeconds(45));
        await server.SendAsync();
        Assert.Equal(1, server.Connections);
        time.Advance(TimeSpan.FromSeconds(55));
        await Condition.HoldsAsync(() => server.Ended is 1);
    }

    [Fact]
    public async Task Connections_EndWithTheirHandler_AndThoseUnderWayAfterTheirAnswer()
    {
        await using var server = new PlayedServer((_, _) => "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no");
        using var request = PlayedServer.NewRequest();
        using var response = await server.Client.SendAsync(request, Cancellation);
        server.Client.Dispose();
        Assert.Equal(0, server.Ended);
        response.Dispose();
        await Condition.HoldsAsync(() => server.Ended is 1);
    }

    [Fact]
    public async Task ManyRequestsAtOnce_GetEachItsOwnAnswer()
    {
        await using var application = await TestApplication.StartAsync(async context =>
        {
            using var reader = new StreamReader(context.Request.Body, Encoding.ASCII);
            await context.Response.WriteAsync(await reader.ReadToEndAsync());
        });
        using var client = new HttpMessageInvoker(new Http1Handler(async stop =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(application.Address, stop);
            return new NetworkStream(socket, ownsSocket: true);
        }, TimeSpan.FromSeconds(50), TimeProvider.System));
        await Task.WhenAll(Enumerable.Range(0, 20).Select(async lane =>
        {
            for (var i = 0; i < 50; i++)
            {
                var text = string.Concat(Enumerable.Repeat($"{lane}-{i} ", i * 20));
                using var request = PlayedServer.NewRequest(HttpMethod.Post, i % 2 is 0 ? new StringContent(text) : new PiecewiseContent([Encoding.ASCII.GetBytes(text)]));
                using var response = await client.SendAsync(request, Cancellation);
                Assert.Equal(text, await response.Content.ReadAsStringAsync(Cancellation));
            }
        }));
    }

    /// <summary>A body that stops in the middle.</summary>
    private sealed class HeldContent(string beginning, Task rest) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context)
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(beginning));
            await stream.FlushAsync();
            await rest;
            await stream.WriteAsync("\r\n\r\n"u8.ToArray());
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
