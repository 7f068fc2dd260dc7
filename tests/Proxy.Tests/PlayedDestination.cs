using System.Net;
using Mesh.Api.Discovery;
using Mesh.Proxy.Forwarding;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Tests;

/// <summary>A destination without policy: one endpoint, or a handler that the test plays.</summary>
internal sealed class PlayedDestination : IDisposable
{
    private readonly HttpMessageInvoker _invoker;

    public PlayedDestination(IPEndPoint endpoint)
        : this(new EndpointConnections(endpoint, () => TimeSpan.FromSeconds(5), TimeProvider.System))
    {
    }

    public PlayedDestination(HttpMessageHandler handler)
    {
        _invoker = new(handler);
        var policy = new Policy { Sources = { new PolicySource { Namespace = "shop", Name = "catalog", Generation = 3 } } };
        Destination = new("shop/catalog:80", policy, _invoker);
    }

    public Destination Destination { get; }

    public void Dispose() => _invoker.Dispose();
}
