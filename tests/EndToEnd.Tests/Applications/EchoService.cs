using Grpc.Core;

namespace Mesh.EndToEnd.Tests.Applications;

/// <summary>
/// Answers what it is sent, with the request's <c>x-*</c> metadata as response headers and as trailers. The text says what
/// else to do: <c>fail</c> ends with ABORTED and a trailer, <c>hang</c> waits until the call is cancelled.
/// </summary>
internal sealed class EchoService(CallLog calls) : Echo.EchoBase
{
    public override async Task<Message> Unary(Message request, ServerCallContext context)
    {
        await ReflectMetadataAsync(context);
        await ActAsync(request.Text, context);
        return new() { Text = request.Text };
    }

    public override async Task<Message> Collect(IAsyncStreamReader<Message> requestStream, ServerCallContext context)
    {
        await ReflectMetadataAsync(context);
        var texts = new List<string>();
        await foreach (var message in requestStream.ReadAllAsync(context.CancellationToken)) texts.Add(message.Text);
        return new() { Text = string.Join(',', texts), Count = texts.Count };
    }

    public override async Task Expand(Message request, IServerStreamWriter<Message> responseStream, ServerCallContext context)
    {
        await ReflectMetadataAsync(context);
        for (var i = 0; i < request.Count; i++) await responseStream.WriteAsync(new() { Text = $"{request.Text}{i}" });
        await ActAsync(request.Text, context);
    }

    public override async Task Converse(IAsyncStreamReader<Message> requestStream, IServerStreamWriter<Message> responseStream, ServerCallContext context)
    {
        await ReflectMetadataAsync(context);
        await foreach (var message in requestStream.ReadAllAsync(context.CancellationToken)) await responseStream.WriteAsync(message);
    }

    private static async Task ReflectMetadataAsync(ServerCallContext context)
    {
        var reflected = new Metadata();
        foreach (var entry in context.RequestHeaders.Where(entry => entry.Key.StartsWith("x-", StringComparison.Ordinal)))
        {
            reflected.Add(entry);
            context.ResponseTrailers.Add(entry.IsBinary ? new($"trailer-{entry.Key}", entry.ValueBytes) : new($"trailer-{entry.Key}", entry.Value));
        }
        await context.WriteResponseHeadersAsync(reflected);
    }

    private async Task ActAsync(string text, ServerCallContext context)
    {
        switch (text)
        {
            case "fail":
                throw new RpcException(new Status(StatusCode.Aborted, "as asked: 100 % — ünïcode"), new Metadata { { "x-reason", "asked" } });
            case "hang":
                try
                {
                    await Task.Delay(Timeout.Infinite, context.CancellationToken);
                }
                catch (OperationCanceledException)
                {
                    calls.Cancelled();
                    throw;
                }
                break;
        }
    }
}
