using System.Collections.Concurrent;
using Mesh.Proxy.LoadBalancing;

namespace Mesh.Proxy.Tests.LoadBalancing;

public sealed class LiveEndpointTests : IDisposable
{
    private readonly CountingHandler _connections = new();

    public void Dispose() => _connections.Dispose();

    [Fact]
    public async Task Retired_KeepsItsConnectionsUntilTheLastRequestEnds()
    {
        var endpoint = await LeasedAsync();
        endpoint.LeaseTimes(1);

        endpoint.Retire();
        endpoint.Release();
        Assert.Equal(EndpointState.Draining, endpoint.State);
        Assert.Equal(0, _connections.Disposed);

        endpoint.Release();
        Assert.True(endpoint.IsClosed);
        Assert.Equal(1, _connections.Disposed);
        Assert.False(endpoint.TryLease());
    }

    [Fact]
    public async Task Revived_KeepsItsConnections()
    {
        var endpoint = await LeasedAsync();
        endpoint.Retire();
        Assert.True(endpoint.TryRevive());
        endpoint.Release();
        Assert.Equal(EndpointState.Available, endpoint.State);
        Assert.Equal(0, _connections.Disposed);
        Assert.True(endpoint.TryLease());
    }

    [Fact]
    public void Closed_CantBeRevived()
    {
        var endpoint = New();
        endpoint.Retire();
        Assert.True(endpoint.IsClosed);
        Assert.False(endpoint.TryRevive());
    }

    [Fact]
    public async Task RetiredAmidRequests_IsClosedOnceAndNeverUnderOne()
    {
        for (var round = 0; round < 200; round++)
        {
            // Requests that race to be the first each connect; one set of connections is kept, the others go unused.
            var connections = new ConcurrentBag<CountingHandler>();
            var endpoint = Endpoints.Create(1, TimeProvider.System, _ =>
            {
                var made = new CountingHandler();
                connections.Add(made);
                return new(made);
            })[0];
            var requests = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
            {
                for (var i = 0; i < 50; i++)
                {
                    if (!endpoint.TryLease()) return;
                    using var response = await endpoint.SendAsync(new(), TestContext.Current.CancellationToken);
                    endpoint.Release();
                }
            })).ToArray();
            endpoint.Retire();
            await Task.WhenAll(requests);
            Assert.True(endpoint.IsClosed);
            Assert.All(connections, made => Assert.Equal(1, made.Disposed));
        }
    }

    private LiveEndpoint New() => Endpoints.Create(1, TimeProvider.System, _ => new(_connections))[0];

    private async Task<LiveEndpoint> LeasedAsync()
    {
        var endpoint = New();
        endpoint.LeaseTimes(1);
        await endpoint.SendAsync(new(), TestContext.Current.CancellationToken);
        return endpoint;
    }

    private sealed class CountingHandler : HttpMessageHandler
    {
        private int _disposed;

        public int Disposed => Volatile.Read(ref _disposed);

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            await Task.Yield();
            ObjectDisposedException.ThrowIf(Disposed != 0, this);
            return new();
        }

        protected override void Dispose(bool disposing)
        {
            Interlocked.Increment(ref _disposed);
            base.Dispose(disposing);
        }
    }
}
