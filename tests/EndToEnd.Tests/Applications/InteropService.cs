using Google.Protobuf;
using Grpc.Core;

namespace Mesh.EndToEnd.Tests.Applications;

/// <summary>The server's side of gRPC's interoperability tests.</summary>
internal sealed class InteropService(CallLog calls) : Interop.InteropBase
{
    public const string EchoInHeaders = "x-grpc-test-echo-initial", EchoInTrailers = "x-grpc-test-echo-trailing-bin";

    public override Task<Nothing> Empty(Nothing request, ServerCallContext context) => Task.FromResult(new Nothing());

    public override async Task<Reply> Unary(Ask request, ServerCallContext context)
    {
        await EchoMetadataAsync(context);
        EndIfAsked(request);
        return NewReply(request.Sizes.SingleOrDefault());
    }

    public override async Task<Total> Upload(IAsyncStreamReader<Ask> requestStream, ServerCallContext context)
    {
        var total = new Total();
        await foreach (var ask in requestStream.ReadAllAsync(context.CancellationToken)) total.Bytes += ask.Body.Length;
        return total;
    }

    public override async Task Download(Ask request, IServerStreamWriter<Reply> responseStream, ServerCallContext context)
    {
        foreach (var size in request.Sizes) await responseStream.WriteAsync(NewReply(size), context.CancellationToken);
    }

    public override async Task Talk(IAsyncStreamReader<Ask> requestStream, IServerStreamWriter<Reply> responseStream, ServerCallContext context)
    {
        context.CancellationToken.Register(calls.Cancelled);
        await EchoMetadataAsync(context);
        await foreach (var ask in requestStream.ReadAllAsync(context.CancellationToken))
        {
            EndIfAsked(ask);
            foreach (var size in ask.Sizes) await responseStream.WriteAsync(NewReply(size), context.CancellationToken);
        }
    }

    private static Reply NewReply(int size) => new() { Body = ByteString.CopyFrom(new byte[size]) };

    private static void EndIfAsked(Ask ask)
    {
        if (ask.Status is not 0) throw new RpcException(new((StatusCode)ask.Status, ask.StatusMessage));
    }

    private static async Task EchoMetadataAsync(ServerCallContext context)
    {
        if (context.RequestHeaders.GetValueBytes(EchoInTrailers) is { } bytes) context.ResponseTrailers.Add(EchoInTrailers, bytes);
        if (context.RequestHeaders.GetValue(EchoInHeaders) is { } text) await context.WriteResponseHeadersAsync(new() { { EchoInHeaders, text } });
    }
}
