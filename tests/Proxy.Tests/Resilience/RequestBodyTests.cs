using System.Net;
using System.Text;
using Mesh.Api.Discovery;
using Mesh.Proxy.Resilience;
using Mesh.Proxy.Tests.Forwarding;
using Mesh.Proxy.Tests.Routing;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mesh.Proxy.Tests.Resilience;

/// <summary>Bodies on their way through a whole proxy to two endpoints, of which the one that is asked first fails.</summary>
public sealed class RequestBodyTests
{
    private static readonly Uri Root = new("/", UriKind.Relative);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, 0)]
    [InlineData(1, 10)]
    [InlineData(1, RepeatableBody.LargestKept)]
    [InlineData(2, 10)]
    [InlineData(2, RepeatableBody.LargestKept)]
    public async Task BodyOfUnknownLength_IsSentWholeAgain(int version, int length)
    {
        await using var mesh = await RetryingMesh.StartAsync(version, async (context, first) =>
        {
            var body = await ReadAsync(context);
            if (first) context.Response.StatusCode = 503;
            else await context.Response.Body.WriteAsync(body);
        });
        var sent = new byte[length];
        new Random(1).NextBytes(sent);
        using var response = await mesh.Client.PutAsync(Root, new OnceContent(sent, lengthKnown: false), Cancellation);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(sent, await response.Content.ReadAsByteArrayAsync(Cancellation));
        Assert.Equal(2, mesh.Requests);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task BodyLargerThanIsKept_PassesWholeAndOnce(int version)
    {
        var received = 0;
        await using var mesh = await RetryingMesh.StartAsync(version, async (context, _) =>
        {
            received = (await ReadAsync(context)).Length;
            context.Response.StatusCode = 503;
        });
        using var response = await mesh.Client.PutAsync(Root, new OnceContent(new byte[RepeatableBody.LargestKept + 1], lengthKnown: false), Cancellation);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal(RepeatableBody.LargestKept + 1, received);
        Assert.Equal(1, mesh.Requests);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task UnaryCallThatFindsTheServerUnavailable_IsSentWholeAgain(bool read)
    {
        await using var mesh = await RetryingMesh.StartAsync(2, async (context, first) =>
        {
            context.Response.ContentType = "application/grpc";
            var body = read || !first ? await ReadAsync(context) : [];
            if (first) context.Response.Headers.GrpcStatus = "14";
            else await context.Response.Body.WriteAsync(body);
        });
        using var request = Call(new OnceContent("message"u8.ToArray(), lengthKnown: false));
        using var response = await mesh.Client.SendAsync(request, Cancellation);

        Assert.Equal("message", await response.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal(2, mesh.Requests);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task RefusedStream_GoesOnElsewhereThoughTheBodyIsBegun(bool ended)
    {
        await using var mesh = await RetryingMesh.StartAsync(2, async (context, first) =>
        {
            if (!first)
            {
                await context.Response.Body.WriteAsync(await ReadAsync(context));
                return;
            }
            await context.Request.Body.ReadExactlyAsync(new byte[1]);
            context.Features.GetRequiredFeature<IHttpResetFeature>().Reset(0x7); // REFUSED_STREAM
        }, Policies.Default());
        var body = new OpenContent();
        using var request = Call(body);
        var answering = mesh.Client.SendAsync(request, Cancellation);
        await body.WriteAsync("mess");
        if (!ended) await mesh.Second.WaitAsync(Cancellation);
        await body.WriteAsync("age");
        body.End();
        using var response = await answering;

        Assert.Equal("message", await response.Content.ReadAsStringAsync(Cancellation));
    }

    [Fact]
    public async Task DuplexStream_GoesOnWithTheNextAttempt()
    {
        await using var mesh = await RetryingMesh.StartAsync(2, async (context, first) =>
        {
            var buffer = new byte[100];
            if (first)
            {
                await context.Request.Body.ReadExactlyAsync(buffer.AsMemory(0, 1));
                context.Response.Headers.GrpcStatus = "14";
                return;
            }
            while (await context.Request.Body.ReadAsync(buffer) is > 0 and var read)
            {
                await context.Response.Body.WriteAsync(buffer.AsMemory(0, read));
                await context.Response.Body.FlushAsync();
            }
        });
        var upload = new OpenContent();
        using var request = Call(upload);
        var answering = mesh.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancellation);
        await upload.WriteAsync("a");
        using var response = await answering;
        await using var echo = await response.Content.ReadAsStreamAsync(Cancellation);
        Assert.Equal("a", await ReadAsync(echo, 1));
        foreach (var text in (string[])["b", "c"])
        {
            await upload.WriteAsync(text);
            Assert.Equal(text, await ReadAsync(echo, 1));
        }
        upload.End();
        Assert.Equal(0, await echo.ReadAsync(new byte[1], Cancellation));
    }

    [Fact]
    public async Task DuplexStream_PassesMoreThanIsKept()
    {
        await using var mesh = await RetryingMesh.StartAsync(2, async (context, _) =>
        {
            await context.Response.Body.FlushAsync();
            await context.Request.Body.CopyToAsync(context.Response.Body);
        });
        var sent = new byte[1_000_000];
        new Random(1).NextBytes(sent);
        using var request = Call(new OnceContent(sent, lengthKnown: false));
        using var response = await mesh.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancellation);

        Assert.Equal(sent, await response.Content.ReadAsByteArrayAsync(Cancellation));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task UploadedByte_ArrivesBeforeTheUploadEnds(int version)
    {
        var arrived = new TaskCompletionSource();
        await using var mesh = await RetryingMesh.StartAsync(version, async (context, _) =>
        {
            await context.Request.Body.ReadExactlyAsync(new byte[1]);
            arrived.SetResult();
            await ReadAsync(context);
        });
        var upload = new OpenContent();
        var answering = mesh.Client.PutAsync(Root, upload, Cancellation);
        await upload.WriteAsync("a");

        await arrived.Task.WaitAsync(Cancellation);
        upload.End();
        using var response = await answering;
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task AnswerThatComesBeforeTheBodyIsRead_Passes()
    {
        var begun = new TaskCompletionSource();
        await using var mesh = await RetryingMesh.StartAsync(2, async (context, _) =>
        {
            await begun.Task;
            await context.Response.WriteAsync("early");
        });
        var upload = new OpenContent();
        using var request = Call(upload);
        var answering = mesh.Client.SendAsync(request, Cancellation);
        await upload.WriteAsync("a"); // before that HttpClient need not send the head
        begun.SetResult();
        using var response = await answering;

        Assert.Equal("early", await response.Content.ReadAsStringAsync(Cancellation));
        upload.End();
    }

    [Fact]
    public async Task BodyThatTheClientBreaksOff_IsNotSentAgain()
    {
        var arrived = new TaskCompletionSource();
        await using var mesh = await RetryingMesh.StartAsync(1, async (context, _) =>
        {
            await context.Request.Body.ReadExactlyAsync(new byte[1]);
            arrived.TrySetResult();
            await ReadAsync(context);
        }, Policies.RetryingOn(RetryCondition.Reset, RetryCondition.ServerError));
        using var client = await RawClient.ConnectAsync(mesh.Port);
        await client.SendAsync("PUT / HTTP/1.1\r\nHost: catalog.shop\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n");
        await arrived.Task.WaitAsync(Cancellation);
        await client.SendAsync("no length\r\n");

        Assert.StartsWith("HTTP/1.1 400 ", await client.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.Equal(1, mesh.Requests);
    }

    private static HttpRequestMessage Call(HttpContent body)
    {
        body.Headers.ContentType = new("application/grpc");
        return new(HttpMethod.Post, Root) { Content = body, Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
    }

    private static async Task<byte[]> ReadAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        return body.ToArray();
    }

    private static async Task<string> ReadAsync(Stream stream, int length)
    {
        var bytes = new byte[length];
        await stream.ReadExactlyAsync(bytes, Cancellation);
        return Encoding.ASCII.GetString(bytes);
    }

    private sealed class RetryingMesh : IAsyncDisposable
    {
        private readonly TaskCompletionSource _second = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly List<Backend> _backends = [];
        private TestProxy? _proxy;
        private int _first;

        public HttpClient Client { get; private set; } = null!;

        public IPEndPoint Port => _proxy!.CatalogPort;

        public int Requests => _backends.Sum(backend => backend.Requests);

        /// <summary>The other endpoint has been asked.</summary>
        public Task Second => _second.Task;

        /// <param name="version">Of HTTP.</param>
        /// <param name="answer">Told whether it answers for the endpoint that was asked first.</param>
        /// <param name="policy">Default: POST and PUT are retried after a gateway error.</param>
        public static async Task<RetryingMesh> StartAsync(int version, Func<HttpContext, bool, Task> answer, Policy? policy = null)
        {
            var mesh = new RetryingMesh();
            for (var i = 0; i < 2; i++)
            {
                mesh._backends.Add(await Backend.StartAsync(context =>
                {
                    var first = mesh.IsFirst(context.Connection.LocalPort);
                    if (!first) mesh._second.TrySetResult();
                    return answer(context, first);
                }, version is 1 ? HttpProtocols.Http1 : HttpProtocols.Http2));
            }
            if (policy is null)
            {
                policy = Policies.RetryingOn(RetryCondition.GatewayError);
                policy.Retries.Methods.Add("POST");
            }
            var destination = new SocketDestination(policy, 1, mesh._backends.Select(backend => backend.Address));
            mesh._proxy = await TestProxy.StartAsync(find: _ => destination.Live.Current);
            mesh.Client = TestProxy.NewClient(mesh.Port, new Version(version, version is 1 ? 1 : 0));
            return mesh;
        }

        public async ValueTask DisposeAsync()
        {
            Client.Dispose();
            await _proxy!.DisposeAsync();
            foreach (var backend in _backends) await backend.DisposeAsync();
        }

        private bool IsFirst(int port) => Interlocked.CompareExchange(ref _first, port, 0) is var first && (first == 0 || first == port);
    }
}
