using System.Net;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mesh.Proxy.Tests.Forwarding;

public class GrpcTests : IAsyncLifetime
{
    private TestApplication? _application;
    private Way? _proxy;
    private readonly EchoService _service = new();
    private GrpcChannel? _channel;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private protected virtual Task<Way> StartAsync(IPEndPoint application) => Way.InAsync(application);

    private Echo.EchoClient Client => new(_channel);

    public async ValueTask InitializeAsync()
    {
        _application = await TestApplication.StartAsync(HttpProtocols.Http2, services => services.AddSingleton(_service).AddGrpc(), pipeline => pipeline.MapGrpcService<EchoService>());
        _proxy = await StartAsync(_application.Address);
        _channel = GrpcChannel.ForAddress($"http://{_proxy.Inbound}");
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        _channel!.Dispose();
        await _proxy!.DisposeAsync();
        await _application!.DisposeAsync();
    }

    [Fact]
    public async Task Unary_PassesMetadataAndTrailers()
    {
        using var call = Client.UnaryAsync(new() { Text = "a" }, new Metadata { { "x-ask", "1" } }, cancellationToken: Cancellation);

        Assert.Equal("a", (await call).Text);
        Assert.Equal("1", (await call.ResponseHeadersAsync).GetValue("x-head"));
        Assert.Equal("1", call.GetTrailers().GetValue("x-tail"));
    }

    [Fact]
    public async Task ClientStream_Passes()
    {
        using var call = Client.ClientStream(cancellationToken: Cancellation);
        foreach (var text in (string[])["a", "b", "c"]) await call.RequestStream.WriteAsync(new() { Text = text }, Cancellation);
        await call.RequestStream.CompleteAsync();

        Assert.Equal("abc", (await call).Text);
    }

    [Fact]
    public async Task ServerStream_Passes()
    {
        using var call = Client.ServerStream(new() { Text = "abc" }, cancellationToken: Cancellation);
        var received = "";
        await foreach (var message in call.ResponseStream.ReadAllAsync(Cancellation)) received += message.Text;

        Assert.Equal("abc", received);
    }

    [Fact]
    public async Task Duplex_AnswersEachMessageBeforeTheNext()
    {
        using var call = Client.Duplex(cancellationToken: Cancellation);
        await call.ResponseHeadersAsync.WaitAsync(Cancellation);
        foreach (var text in (string[])["a", "b", "c"])
        {
            await call.RequestStream.WriteAsync(new() { Text = text }, Cancellation);
            Assert.True(await call.ResponseStream.MoveNext(Cancellation));
            Assert.Equal(text, call.ResponseStream.Current.Text);
        }
        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNext(Cancellation));
    }

    [Fact]
    public async Task Status_OfTrailersOnlyAnswer_Passes()
    {
        var failure = await Assert.ThrowsAsync<RpcException>(() => Client.UnaryAsync(new() { Text = "fail" }, cancellationToken: Cancellation).ResponseAsync);

        Assert.Equal(StatusCode.FailedPrecondition, failure.StatusCode);
        Assert.Equal("no \u00e9", failure.Status.Detail);
    }

    [Fact]
    public async Task Deadline_ReachesTheApplication()
    {
        var failure = await Assert.ThrowsAsync<RpcException>(() =>
            Client.UnaryAsync(new() { Text = "deadline" }, deadline: DateTime.UtcNow.AddHours(1), cancellationToken: Cancellation).ResponseAsync);

        Assert.Equal("has a deadline: True", failure.Status.Detail);
    }

    [Fact]
    public async Task Cancellation_ReachesTheApplication()
    {
        var before = _service.Cancelled;
        using var giveUp = new CancellationTokenSource();
        using var call = Client.Duplex(cancellationToken: giveUp.Token);
        await call.ResponseHeadersAsync.WaitAsync(Cancellation);
        await giveUp.CancelAsync();

        await before.Task.WaitAsync(Cancellation);
    }

    [Fact]
    public async Task ApplicationThatIsDown_IsUnavailable_AndSaysWhy()
    {
        await _application!.DisposeAsync();

        var failure = await Assert.ThrowsAsync<RpcException>(() => Client.UnaryAsync(new(), cancellationToken: Cancellation).ResponseAsync);

        Assert.Equal(StatusCode.Unavailable, failure.StatusCode);
        Assert.StartsWith("mesh/application-unavailable: ", failure.Status.Detail, StringComparison.Ordinal);
        Assert.Equal("mesh/application-unavailable", failure.Trailers.GetValue("mesh-error"));
    }

    private sealed class EchoService : Echo.EchoBase
    {
        public TaskCompletionSource Cancelled { get; } = new();

        public override async Task<EchoMessage> Unary(EchoMessage request, ServerCallContext context)
        {
            if (request.Text is "fail") throw new RpcException(new(StatusCode.FailedPrecondition, "no \u00e9"));
            if (request.Text is "deadline") throw new RpcException(new(StatusCode.Internal, $"has a deadline: {context.Deadline < DateTime.MaxValue}"));
            await context.WriteResponseHeadersAsync(new() { { "x-head", context.RequestHeaders.GetValue("x-ask") ?? "" } });
            context.ResponseTrailers.Add("x-tail", context.RequestHeaders.GetValue("x-ask") ?? "");
            return request;
        }

        public override async Task<EchoMessage> ClientStream(IAsyncStreamReader<EchoMessage> requestStream, ServerCallContext context)
        {
            var joined = "";
            await foreach (var message in requestStream.ReadAllAsync()) joined += message.Text;
            return new() { Text = joined };
        }

        public override async Task ServerStream(EchoMessage request, IServerStreamWriter<EchoMessage> responseStream, ServerCallContext context)
        {
            foreach (var letter in request.Text) await responseStream.WriteAsync(new() { Text = letter.ToString() });
        }

        public override async Task Duplex(IAsyncStreamReader<EchoMessage> requestStream, IServerStreamWriter<EchoMessage> responseStream, ServerCallContext context)
        {
            await context.WriteResponseHeadersAsync([]);
            context.CancellationToken.Register(() => Cancelled.TrySetResult());
            await foreach (var message in requestStream.ReadAllAsync()) await responseStream.WriteAsync(message);
        }
    }
}
