using System.Collections.Concurrent;
using System.Collections.Immutable;
using Grpc.Core;
using Mesh.Api.Discovery;
using Mesh.Operator.Tests.Identity;

namespace Mesh.Operator.Tests.InCluster;

/// <summary>
/// What the operator sees of a proxy: a pod whose token gets it a certificate, and with that a discovery stream that subscribes to one
/// authority and acknowledges what it is sent.
/// </summary>
internal sealed class ConnectedProxy : IAsyncDisposable
{
    private readonly CertifyClient _client;
    private readonly AsyncDuplexStreamingCall<ProxyMessage, OperatorMessage> _stream;
    private readonly ConcurrentDictionary<string, ImmutableSortedSet<string>> _endpoints = new();
    private readonly Task _reading;
    private readonly SemaphoreSlim _write = new(1);
    private volatile string _destination = "";
    private volatile Policy? _policy;
    private ulong _version;

    private ConnectedProxy(CertifyClient client)
    {
        _client = client;
        _stream = new DiscoveryService.DiscoveryServiceClient(client.Discovery).Stream();
        _reading = ReadAsync();
    }

    /// <summary>What the authority stands for; empty while it stands for nothing.</summary>
    public string Destination => _destination;

    /// <summary>The policy in force.</summary>
    public Policy? Policy => _policy;

    /// <summary>The destination's endpoints as <c>address:port</c>.</summary>
    public ImmutableSortedSet<string> Endpoints => _endpoints.GetValueOrDefault(_destination) ?? [];

    public static async Task<ConnectedProxy> ConnectAsync(OperatorFixture fixture, string name, string ns, string authority)
    {
        var pod = await PodTokens.CreatePodAsync(fixture.Client, ns, name, "frontend", isMeshed: false);
        using var unproven = new CertifyClient(fixture.Discovery, IdentityFixture.NewSource());
        var identity = await unproven.ObtainAsync(await PodTokens.OfAsync(fixture.Client, pod));
        var proxy = new ConnectedProxy(new(fixture.Discovery, IdentityFixture.NewSource(), identity));
        await proxy.SendAsync(new() { Hello = new() { Proxy = name, Namespace = ns } });
        await proxy.SendAsync(new() { Subscribe = new() { Authority = authority } });
        return proxy;
    }

    /// <summary>Says what it would have done under the destination's shadow policies.</summary>
    public Task ReportAsync(ulong requests, params IEnumerable<ShadowDecision> decisions) => SendAsync(new()
    {
        ShadowReport = new() { Destination = _destination, Version = Volatile.Read(ref _version), Requests = requests, Decisions = { decisions } },
    });

    public async ValueTask DisposeAsync()
    {
        _stream.Dispose();
        await _reading;
        _client.Dispose();
        _write.Dispose();
    }

    // A stream takes one message at a time.
    private async Task SendAsync(ProxyMessage message)
    {
        await _write.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            await _stream.RequestStream.WriteAsync(message);
        }
        finally
        {
            _write.Release();
        }
    }

    private async Task ReadAsync()
    {
        try
        {
            await foreach (var message in _stream.ResponseStream.ReadAllAsync())
            {
                if (message.Resolution is { } resolution) _destination = resolution.Destination;
                if (message.Workload is { } workload) await SendAsync(new() { Acknowledge = new() { Destination = "workload", Version = workload.Version } });
                if (message.Update is not { } update) continue;
                Apply(update);
                await SendAsync(new() { Acknowledge = new() { Destination = update.Destination, Version = update.Version } });
            }
        }
        catch (Exception exception) when (exception is RpcException or InvalidOperationException or ObjectDisposedException)
        {
            // The stream ends with the proxy, or with the operator.
        }
    }

    private void Apply(DestinationUpdate update)
    {
        if (update.Policy is not null) _policy = update.Policy;
        Volatile.Write(ref _version, update.Version);
        var before = update.BaseVersion == 0 ? [] : _endpoints.GetValueOrDefault(update.Destination) ?? [];
        _endpoints[update.Destination] = before.Except(update.Removed).Union(update.Endpoints.Select(e => Authority.EndpointKey(e.Address, (int)e.Port)));
    }
}
