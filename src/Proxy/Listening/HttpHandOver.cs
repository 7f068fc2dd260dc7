using System.Net.Sockets;
using System.Threading.Channels;
using Mesh.Proxy.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Mesh.Proxy.Listening;

/// <summary>Where a port's HTTP connections go, each to its version's listener.</summary>
internal sealed class HttpHandOver(Port port, SocketConnectionContextFactory connections)
{
    private readonly Channel<ConnectionContext> _http1 = NewChannel();
    private readonly Channel<ConnectionContext> _http2 = NewChannel();
    private readonly HttpConnections _told = new();

    public ChannelReader<ConnectionContext> Connections(DetectedProtocol protocol) =>
        protocol is DetectedProtocol.Http2 ? _http2.Reader : _http1.Reader;

    /// <summary>Asks those who came in to go.</summary>
    public void RequestClose() => _told.RequestClose();

    /// <summary>Takes no more.</summary>
    public void Complete()
    {
        _http1.Writer.TryComplete();
        _http2.Writer.TryComplete();
    }

    /// <summary>A connection in the clear. HTTP/2's leave their loop: many requests share one, and are to have every core.</summary>
    public void Take(TcpSocket connection, OriginalDestination? original, Tunnel? tunnel, bool isHttp2) =>
        Take(isHttp2 || !port.StaysOnLoop ? connections.Create(new Socket(connection.Detach())) : new LoopConnection(connection), original, tunnel, isHttp2);

    public void Take(ConnectionContext http, OriginalDestination? original, Tunnel? tunnel, bool isHttp2)
    {
        http.Features.Set(port);
        if (original is not null) http.Features.Set(original);
        if (tunnel is not null) http.Features.Set(tunnel);
        http.ConnectionClosed.UnsafeRegister(static port => ((Port)port!).Leave(), port);
        // HTTP/1.1 learns of it with its next answer: a connection closed while idle would break a request that is on its way.
        if (port.IsInbound && isHttp2) _told.Add(http);
        if (!(isHttp2 ? _http2 : _http1).Writer.TryWrite(http)) http.Abort();
    }

    private static Channel<ConnectionContext> NewChannel() =>
        Channel.CreateUnbounded<ConnectionContext>(new UnboundedChannelOptions { SingleReader = true });
}
