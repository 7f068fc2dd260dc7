using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;

namespace Mesh.Proxy.Listening;

/// <summary>The connections of one protocol on one port.</summary>
internal sealed class PortListener(PortAcceptor acceptor, DetectedProtocol protocol, EndPoint bound) : IConnectionListener
{
    private readonly ChannelReader<ConnectionContext> _connections = acceptor.Connections(protocol);

    public EndPoint EndPoint { get; } = bound;

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (await _connections.WaitToReadAsync(cancellationToken))
        {
            if (_connections.TryRead(out var connection)) return connection;
        }
        return null;
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default) => acceptor.UnbindAsync();

    // Kestrel disposes a listener once its own connections are gone; the acceptor, whose memory connections of the port's
    // other protocol may still use, is disposed by the server that owns it.
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
