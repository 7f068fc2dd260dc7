using Grpc.Core;
using Grpc.Net.Client;
using Mesh.Api.Discovery;

namespace Mesh.Operator.Tests.Discovery;

/// <summary>A proxy's end of the stream, by a real client.</summary>
internal sealed class TestProxy : IDisposable
{
    /// <summary>Far beyond what anything takes; it ends a test that would hang.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly GrpcChannel _channel;
    private readonly AsyncDuplexStreamingCall<ProxyMessage, OperatorMessage> _call;

    private TestProxy(GrpcChannel channel, AsyncDuplexStreamingCall<ProxyMessage, OperatorMessage> call) => (_channel, _call) = (channel, call);

    public static async Task<TestProxy> ConnectAsync(GrpcChannel channel, string name, string space)
    {
        var proxy = Open(channel);
        await proxy.SendAsync(new() { Hello = new() { Proxy = name, Namespace = space, Version = "test" } });
        Assert.Equal(OperatorMessage.MessageOneofCase.Welcome, (await proxy.NextAsync()).MessageCase);
        return proxy;
    }

    /// <summary>A stream without a hello.</summary>
    public static TestProxy Open(GrpcChannel channel) =>
        new(channel, new DiscoveryService.DiscoveryServiceClient(channel).Stream(cancellationToken: TestContext.Current.CancellationToken));

    public Task SendAsync(ProxyMessage message) => _call.RequestStream.WriteAsync(message, TestContext.Current.CancellationToken);

    public Task SubscribeAsync(string authority, string knownDestination = "", ulong knownVersion = 0) =>
        SendAsync(new() { Subscribe = new() { Authority = authority, KnownDestination = knownDestination, KnownVersion = knownVersion } });

    public Task UnsubscribeAsync(string authority) => SendAsync(new() { Unsubscribe = new() { Authority = authority } });

    public Task AcknowledgeAsync(DestinationUpdate update) =>
        SendAsync(new() { Acknowledge = new() { Destination = update.Destination, Version = update.Version } });

    public Task RefuseAsync(DestinationUpdate update, string reason) =>
        SendAsync(new() { Refuse = new() { Destination = update.Destination, Version = update.Version, Reason = reason } });

    /// <summary>What comes next of destinations; what comes of the proxy's own pod is passed over.</summary>
    public async Task<OperatorMessage> NextAsync()
    {
        while (true)
        {
            if (await ReadAsync() is { Workload: null } message) return message;
        }
    }

    /// <summary>What comes next of the proxy's own pod.</summary>
    public async Task<WorkloadUpdate> NextWorkloadAsync()
    {
        while (true)
        {
            if ((await ReadAsync()).Workload is { } workload) return workload;
        }
    }

    public Task AcknowledgeWorkloadAsync(WorkloadUpdate update) => SendAsync(new() { Acknowledge = new() { Destination = "workload", Version = update.Version } });

    public Task RefuseWorkloadAsync(WorkloadUpdate update, string reason) =>
        SendAsync(new() { Refuse = new() { Destination = "workload", Version = update.Version, Reason = reason } });

    private async Task<OperatorMessage> ReadAsync()
    {
        var moved = await _call.ResponseStream.MoveNext(TestContext.Current.CancellationToken).WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.True(moved, "the operator ended the stream without an error");
        return _call.ResponseStream.Current;
    }

    public async Task<Resolution> NextResolutionAsync()
    {
        var message = await NextAsync();
        return message.Resolution ?? throw new InvalidOperationException($"expected a resolution, found {message}");
    }

    public async Task<DestinationUpdate> NextUpdateAsync()
    {
        var message = await NextAsync();
        return message.Update ?? throw new InvalidOperationException($"expected an update, found {message}");
    }

    /// <summary>Subscribes and takes the whole destination.</summary>
    public async Task<DestinationUpdate> SubscribedAsync(string authority)
    {
        await SubscribeAsync(authority);
        await NextResolutionAsync();
        return await NextUpdateAsync();
    }

    /// <summary>How the operator ends the stream.</summary>
    public async Task<Grpc.Core.Status> EndAsync()
    {
        var failure = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            while (true) await NextAsync();
        });
        return failure.Status;
    }

    public void Dispose()
    {
        _call.Dispose();
        _channel.Dispose();
    }
}
