using Google.Protobuf;
using Grpc.Core;
using Mesh.EndToEnd.Tests.Applications;

namespace Mesh.EndToEnd.Tests;

/// <summary>
/// The cases of gRPC's interoperability tests, each under its name there (grpc/grpc doc/interop-test-descriptions.md), straight
/// and through two sidecars.
/// </summary>
public sealed class GrpcInteropTests(GrpcTests.Route route) : IClassFixture<GrpcTests.Route>
{
    private const int LargeRequest = 271_828, LargeReply = 314_159;

    private static readonly int[] RequestSizes = [27_182, 8, 1_828, 45_904], ReplySizes = [31_415, 9, 2_653, 58_979];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task EmptyUnary(bool meshed) => Assert.Equal(new Nothing(), await Client(meshed).EmptyAsync(new(), cancellationToken: Cancellation));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LargeUnary(bool meshed)
    {
        var reply = await Client(meshed).UnaryAsync(NewAsk(LargeRequest, LargeReply), cancellationToken: Cancellation);

        Assert.Equal(LargeReply, reply.Body.Length);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ClientStreaming(bool meshed)
    {
        using var call = Client(meshed).Upload(cancellationToken: Cancellation);
        foreach (var size in RequestSizes) await call.RequestStream.WriteAsync(NewAsk(size), Cancellation);
        await call.RequestStream.CompleteAsync();

        Assert.Equal(RequestSizes.Sum(), (await call).Bytes);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ServerStreaming(bool meshed)
    {
        using var call = Client(meshed).Download(NewAsk(0, ReplySizes), cancellationToken: Cancellation);
        var sizes = new List<int>();
        await foreach (var reply in call.ResponseStream.ReadAllAsync(Cancellation)) sizes.Add(reply.Body.Length);

        Assert.Equal(ReplySizes, sizes);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task PingPong(bool meshed)
    {
        using var call = Client(meshed).Talk(cancellationToken: Cancellation);
        foreach (var (asked, replied) in RequestSizes.Zip(ReplySizes))
        {
            await call.RequestStream.WriteAsync(NewAsk(asked, replied), Cancellation);
            Assert.True(await call.ResponseStream.MoveNext(Cancellation));
            Assert.Equal(replied, call.ResponseStream.Current.Body.Length);
        }
        await call.RequestStream.CompleteAsync();

        Assert.False(await call.ResponseStream.MoveNext(Cancellation));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task EmptyStream(bool meshed)
    {
        using var call = Client(meshed).Talk(cancellationToken: Cancellation);
        await call.RequestStream.CompleteAsync();

        Assert.False(await call.ResponseStream.MoveNext(Cancellation));
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task CancelAfterBegin(bool meshed)
    {
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        using var call = Client(meshed).Upload(cancellationToken: gone.Token);
        await gone.CancelAsync();

        Assert.Equal(StatusCode.Cancelled, (await Assert.ThrowsAsync<RpcException>(async () => await call)).StatusCode);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task CancelAfterFirstResponse(bool meshed)
    {
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        using var call = Client(meshed).Talk(cancellationToken: gone.Token);
        await call.RequestStream.WriteAsync(NewAsk(RequestSizes[0], ReplySizes[0]), Cancellation);
        Assert.True(await call.ResponseStream.MoveNext(Cancellation));
        await gone.CancelAsync();

        Assert.Equal(StatusCode.Cancelled, (await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(Cancellation))).StatusCode);
        await route.Application.Calls.WaitForCancellationAsync(Cancellation);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TimeoutOnSleepingServer(bool meshed)
    {
        using var call = Client(meshed).Talk(deadline: DateTime.UtcNow.AddMilliseconds(1), cancellationToken: Cancellation);

        Assert.Equal(StatusCode.DeadlineExceeded, (await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(Cancellation))).StatusCode);
    }

    [Theory]
    [InlineData(false, "test status message")]
    [InlineData(true, "test status message")]
    [InlineData(false, "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n")]
    [InlineData(true, "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n")]
    public async Task StatusCodeAndMessage(bool meshed, string message)
    {
        var ask = new Ask { Status = (int)StatusCode.Unknown, StatusMessage = message };
        var unary = await Assert.ThrowsAsync<RpcException>(async () => await Client(meshed).UnaryAsync(ask, cancellationToken: Cancellation));
        using var call = Client(meshed).Talk(cancellationToken: Cancellation);
        await call.RequestStream.WriteAsync(ask, Cancellation);
        var stream = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(Cancellation));

        Assert.Equal((StatusCode.Unknown, message), (unary.StatusCode, unary.Status.Detail));
        Assert.Equal((StatusCode.Unknown, message), (stream.StatusCode, stream.Status.Detail));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task UnimplementedMethod(bool meshed)
    {
        var failure = await Assert.ThrowsAsync<RpcException>(async () => await Client(meshed).UnservedAsync(new(), cancellationToken: Cancellation));

        Assert.Equal(StatusCode.Unimplemented, failure.StatusCode);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task UnimplementedService(bool meshed)
    {
        var client = new Absent.AbsentClient(route.Channel(meshed));
        var failure = await Assert.ThrowsAsync<RpcException>(async () => await client.EmptyAsync(new(), cancellationToken: Cancellation));

        Assert.Equal(StatusCode.Unimplemented, failure.StatusCode);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task CustomMetadata(bool meshed)
    {
        byte[] bytes = [0xab, 0xab, 0xab];
        var metadata = new Metadata { { InteropService.EchoInHeaders, "test_initial_metadata_value" }, { InteropService.EchoInTrailers, bytes } };
        using var unary = Client(meshed).UnaryAsync(NewAsk(LargeRequest, LargeReply), metadata, cancellationToken: Cancellation);
        await unary;
        using var talk = Client(meshed).Talk(metadata, cancellationToken: Cancellation);
        await talk.RequestStream.CompleteAsync();
        Assert.False(await talk.ResponseStream.MoveNext(Cancellation));

        Assert.Equal("test_initial_metadata_value", (await unary.ResponseHeadersAsync).GetValue(InteropService.EchoInHeaders));
        Assert.Equal(bytes, unary.GetTrailers().GetValueBytes(InteropService.EchoInTrailers));
        Assert.Equal("test_initial_metadata_value", (await talk.ResponseHeadersAsync).GetValue(InteropService.EchoInHeaders));
        Assert.Equal(bytes, talk.GetTrailers().GetValueBytes(InteropService.EchoInTrailers));
    }

    private static Ask NewAsk(int size, params int[] replies) => new() { Body = ByteString.CopyFrom(new byte[size]), Sizes = { replies } };

    private Interop.InteropClient Client(bool meshed) => new(route.Channel(meshed));
}
