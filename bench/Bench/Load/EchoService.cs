using Grpc.Core;

namespace Mesh.Bench.Load;

/// <summary>A gRPC service that gives back what it gets.</summary>
internal sealed class EchoService : Echo.EchoBase
{
    public override Task<EchoMessage> Once(EchoMessage request, ServerCallContext context) => Task.FromResult(request);

    public override async Task Stream(IAsyncStreamReader<EchoMessage> requestStream, IServerStreamWriter<EchoMessage> responseStream, ServerCallContext context)
    {
        await foreach (var message in requestStream.ReadAllAsync(context.CancellationToken)) await responseStream.WriteAsync(message, context.CancellationToken);
    }
}
