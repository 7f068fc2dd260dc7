using System.Net;

namespace Mesh.Proxy.Forwarding;

/// <summary>
/// The connections to one endpoint. They go to its address whatever the request's URI names, so that the URI can stay as the
/// client wrote it.
/// </summary>
internal sealed class EndpointConnections : DelegatingHandler
{
    private readonly IPEndPoint _address;
    private readonly Func<TimeSpan> _connectTimeout;
    private readonly TimeProvider _time;

    /// <param name="address">Where every connection goes.</param>
    /// <param name="connectTimeout">Read for each new connection: a changed policy holds at once.</param>
    /// <param name="time">The clock of the connect timeout.</param>
    public EndpointConnections(IPEndPoint address, Func<TimeSpan> connectTimeout, TimeProvider time)
    {
        (_address, _connectTimeout, _time) = (address, connectTimeout, time);
        var sockets = PlainSockets.NewHandler();
        sockets.ConnectCallback = ConnectAsync;
        sockets.PooledConnectionIdleTimeout = EndpointSocket.IdleTimeout;
        InnerHandler = new SentOnceHandler(sockets);
    }

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        // An earlier attempt may have gone to an endpoint with a sidecar.
        InnerProtocol.Unwrap(request);
        return base.SendAsync(request, cancellationToken);
    }

    private ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var multiplexed = context.InitialRequestMessage.Version.Major >= 2;
        return EndpointSocket.ConnectAsync(
            _address, _connectTimeout(), _time, (plain, _) => new(multiplexed ? new RefusedStreams(plain) : plain), cancellationToken);
    }
}
