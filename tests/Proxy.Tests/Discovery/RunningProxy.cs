using Mesh.Api.Discovery;
using Mesh.Proxy.Discovery;
using Mesh.Proxy.Identity;
using Mesh.Proxy.Routing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.Proxy.Tests.Discovery;

/// <summary>A proxy's discovery as the program runs it, impatient enough for a test.</summary>
internal sealed class RunningProxy : IAsyncDisposable
{
    private readonly DiscoveryClient _client;

    private RunningProxy(DiscoveryOptions options)
    {
        Table = new(options, new(1), TimeProvider.System);
        _client = new(Table, options, CredentialStore.None, new(1), TimeProvider.System, NullLogger<DiscoveryClient>.Instance);
    }

    public DestinationTable Table { get; }

    public static async Task<RunningProxy> StartAsync(Uri address, Func<DiscoveryOptions, DiscoveryOptions>? change = null)
    {
        var options = new DiscoveryOptions
        {
            Operator = address,
            Proxy = "frontend-1",
            Namespace = "shop",
            Node = "node-1",
            ResolutionTimeout = TimeSpan.FromSeconds(30),
            ReconnectMax = TimeSpan.FromMilliseconds(200),
        };
        var proxy = new RunningProxy(change?.Invoke(options) ?? options);
        await proxy._client.StartAsync(TestContext.Current.CancellationToken);
        return proxy;
    }

    public Task<Destination?> FindAsync(string authority)
    {
        Assert.True(Authority.TryParse(authority, out var parsed));
        return Table.FindAsync(parsed, TestContext.Current.CancellationToken).AsTask();
    }

    public async ValueTask DisposeAsync()
    {
        await _client.StopAsync(TestContext.Current.CancellationToken);
        _client.Dispose();
    }
}
