using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Mesh.Proxy.Listening;

/// <summary>A port's HTTP connections of one version, to be told when the proxy is about to go.</summary>
internal sealed class HttpConnections
{
    private readonly ConcurrentDictionary<ConnectionContext, HttpConnections> _connections = new();

    public void Add(ConnectionContext connection)
    {
        _connections.TryAdd(connection, this);
        connection.ConnectionClosed.UnsafeRegister(
            static state => ((ValueTuple<HttpConnections, ConnectionContext>)state!).Item1.Remove(((ValueTuple<HttpConnections, ConnectionContext>)state).Item2),
            (this, connection));
    }

    /// <summary>Has each take no more requests than it has already (GOAWAY, <c>Connection: close</c>).</summary>
    public void RequestClose()
    {
        foreach (var (connection, _) in _connections) connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
    }

    private void Remove(ConnectionContext connection) => _connections.TryRemove(connection, out _);
}
