using System.Net;
using Grpc.Core;
using Grpc.Net.Client;
using Mesh.EndToEnd.Tests.Applications;
using Mesh.EndToEnd.Tests.Meshes;

namespace Mesh.EndToEnd.Tests;

/// <summary>
/// A real gRPC client against a real gRPC server, straight and through two sidecars: nothing may differ. The fixture's two
/// sidecars are the client's, dialled by a local port, and the server's.
/// </summary>
public sealed class GrpcTests(GrpcTests.Route route) : IClassFixture<GrpcTests.Route>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Unary_CarriesMessageMetadataAndTrailers(bool meshed)
    {
        using var call = route.Client(meshed).UnaryAsync(new() { Text = "hello" }, Metadata(), cancellationToken: Cancellation);
        var headers = await call.ResponseHeadersAsync;
        var answer = await call;
        Assert.Equal("hello", answer.Text);
        AssertReflected(headers, call.GetTrailers());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Unary_CarriesLargeMessages(bool meshed)
    {
        var text = new string('x', 3 * 1024 * 1024);
        var answer = await route.Client(meshed).UnaryAsync(new() { Text = text }, cancellationToken: Cancellation);
        Assert.Equal(text, answer.Text);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ClientStreaming_CarriesEveryMessage(bool meshed)
    {
        using var call = route.Client(meshed).Collect(Metadata(), cancellationToken: Cancellation);
        for (var i = 0; i < 100; i++) await call.RequestStream.WriteAsync(new() { Text = $"{i}" }, Cancellation);
        await call.RequestStream.CompleteAsync();
        var answer = await call;
        Assert.Equal(string.Join(',', Enumerable.Range(0, 100)), answer.Text);
        AssertReflected(await call.ResponseHeadersAsync, call.GetTrailers());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ServerStreaming_CarriesEveryMessage(bool meshed)
    {
        using var call = route.Client(meshed).Expand(new() { Text = "n", Count = 1000 }, Metadata(), cancellationToken: Cancellation);
        var texts = new List<string>();
        await foreach (var message in call.ResponseStream.ReadAllAsync(Cancellation)) texts.Add(message.Text);
        Assert.Equal(Enumerable.Range(0, 1000).Select(i => $"n{i}"), texts);
        AssertReflected(await call.ResponseHeadersAsync, call.GetTrailers());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task DuplexStreaming_AnswersEachMessageBeforeTheNextIsSent(bool meshed)
    {
        using var call = route.Client(meshed).Converse(Metadata(), cancellationToken: Cancellation);
        for (var i = 0; i < 50; i++)
        {
            await call.RequestStream.WriteAsync(new() { Text = $"ping {i}" }, Cancellation);
            Assert.True(await call.ResponseStream.MoveNext(Cancellation));
            Assert.Equal($"ping {i}", call.ResponseStream.Current.Text);
        }
        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNext(Cancellation));
        AssertReflected(await call.ResponseHeadersAsync, call.GetTrailers());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Failure_CarriesStatusDetailAndTrailers(bool meshed)
    {
        var failure = await Assert.ThrowsAsync<RpcException>(async () => await route.Client(meshed).UnaryAsync(new() { Text = "fail" }, cancellationToken: Cancellation));
        Assert.Equal(StatusCode.Aborted, failure.StatusCode);
        Assert.Equal("as asked: 100 % — ünïcode", failure.Status.Detail);
        Assert.Equal("asked", failure.Trailers.GetValue("x-reason"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task FailureMidStream_ComesAfterTheMessages(bool meshed)
    {
        using var call = route.Client(meshed).Expand(new() { Text = "fail", Count = 3 }, cancellationToken: Cancellation);
        for (var i = 0; i < 3; i++) Assert.True(await call.ResponseStream.MoveNext(Cancellation));
        var failure = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(Cancellation));
        Assert.Equal(StatusCode.Aborted, failure.StatusCode);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Deadline_EndsTheCallAtBothEnds(bool meshed)
    {
        var failure = await Assert.ThrowsAsync<RpcException>(async () =>
            await route.Client(meshed).UnaryAsync(new() { Text = "hang" }, deadline: DateTime.UtcNow.AddMilliseconds(500), cancellationToken: Cancellation));
        Assert.Equal(StatusCode.DeadlineExceeded, failure.StatusCode);
        await route.Application.Calls.WaitForCancellationAsync(Cancellation);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Cancellation_ReachesTheServer(bool meshed)
    {
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        using var call = route.Client(meshed).Expand(new() { Text = "hang", Count = 1 }, cancellationToken: gone.Token);
        Assert.True(await call.ResponseStream.MoveNext(Cancellation));
        await gone.CancelAsync();
        var failure = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(Cancellation));
        Assert.Equal(StatusCode.Cancelled, failure.StatusCode);
        await route.Application.Calls.WaitForCancellationAsync(Cancellation);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task UnknownMethod_IsUnimplemented(bool meshed)
    {
        var method = new Method<Message, Message>(MethodType.Unary, "mesh.test.Echo", "Missing",
            Marshallers.Create(message => Google.Protobuf.MessageExtensions.ToByteArray(message), Message.Parser.ParseFrom),
            Marshallers.Create(message => Google.Protobuf.MessageExtensions.ToByteArray(message), Message.Parser.ParseFrom));
        using var call = route.Channel(meshed).CreateCallInvoker().AsyncUnaryCall(method, null, new(cancellationToken: Cancellation), new());
        var failure = await Assert.ThrowsAsync<RpcException>(async () => await call);
        Assert.Equal(StatusCode.Unimplemented, failure.StatusCode);
    }

    private static Metadata Metadata() => new() { { "x-text", "value" }, { "x-twice", "one" }, { "x-twice", "two" }, { "x-bytes-bin", [0, 1, 254, 255] } };

    private static void AssertReflected(Metadata headers, Metadata trailers)
    {
        Assert.Equal("value", headers.GetValue("x-text"));
        Assert.Equal(["one", "two"], headers.GetAll("x-twice").SelectMany(entry => entry.Value.Split(", ")));
        Assert.Equal([0, 1, 254, 255], headers.GetValueBytes("x-bytes-bin"));
        Assert.Equal("value", trailers.GetValue("trailer-x-text"));
        Assert.Equal([0, 1, 254, 255], trailers.GetValueBytes("trailer-x-bytes-bin"));
    }

    /// <summary>A server with a sidecar, a client's sidecar, and a channel each way.</summary>
    public sealed class Route : IAsyncLifetime
    {
        private StandaloneMesh _mesh = null!;
        private GrpcChannel _direct = null!, _meshed = null!;

        internal Application Application { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Application = await Application.StartAsync(StandaloneMesh.NewAddress());
            _mesh = await StandaloneMesh.StartAsync();
            var server = await _mesh.StartSidecarAsync("server", Application.Grpc);
            await _mesh.ApplyServiceAsync("echo", server.Inbound);
            var client = await _mesh.StartSidecarAsync("client", destinations: "echo.test:80");
            await client.ServesAsync(HttpVersion.Version20, CancellationToken.None);
            _direct = GrpcChannel.ForAddress($"http://{Application.Grpc}");
            _meshed = GrpcChannel.ForAddress($"http://{client.Destinations[0]}");
        }

        public async ValueTask DisposeAsync()
        {
            _direct.Dispose();
            _meshed.Dispose();
            await _mesh.DisposeAsync();
            await Application.DisposeAsync();
        }

        internal GrpcChannel Channel(bool meshed) => meshed ? _meshed : _direct;

        internal Echo.EchoClient Client(bool meshed) => new(Channel(meshed));
    }
}
