using System.Net;

namespace Mesh.Proxy.Tests;

/// <summary>What leads to an application: one proxy, or two.</summary>
internal sealed class Way(IAsyncDisposable proxies, IPEndPoint entrance) : IAsyncDisposable
{
    /// <summary>Where clients come in.</summary>
    public IPEndPoint Inbound { get; } = entrance;

    /// <summary>Through the application's own sidecar.</summary>
    public static async Task<Way> InAsync(IPEndPoint application)
    {
        var proxy = await TestProxy.StartAsync(application: application);
        return new(proxy, proxy.Inbound);
    }

    public ValueTask DisposeAsync() => proxies.DisposeAsync();
}
