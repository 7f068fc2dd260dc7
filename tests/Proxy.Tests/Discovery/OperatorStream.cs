using Grpc.Core;
using Mesh.Api.Discovery;

namespace Mesh.Proxy.Tests.Discovery;

/// <summary>The operator's side of one stream.</summary>
internal sealed class OperatorStream(Hello hello, IAsyncStreamReader<ProxyMessage> reader, IServerStreamWriter<OperatorMessage> writer)
{
    private readonly TaskCompletionSource _ended = new();

    public Hello Hello { get; } = hello;

    public Task Ended => _ended.Task;

    public void Cut() => _ended.TrySetResult();

    public async Task<ProxyMessage> NextAsync()
    {
        Assert.True(await reader.MoveNext(TestContext.Current.CancellationToken));
        return reader.Current;
    }

    public Task SendAsync(OperatorMessage message) => writer.WriteAsync(message, TestContext.Current.CancellationToken);

    public Task SendAsync(DestinationUpdate update) => writer.WriteAsync(new() { Update = update }, TestContext.Current.CancellationToken);

    public Task SendAsync(WorkloadUpdate update) => writer.WriteAsync(new() { Workload = update }, TestContext.Current.CancellationToken);

    public Task ResolveAsync(string authority, string destination) =>
        writer.WriteAsync(new() { Resolution = new() { Authority = authority, Destination = destination } }, TestContext.Current.CancellationToken);
}
