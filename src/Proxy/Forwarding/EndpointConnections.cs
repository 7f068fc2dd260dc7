using System.Net;
using Mesh.Proxy.Http1;

namespace Mesh.Proxy.Forwarding;

/// <summary>
/// The connections to one endpoint. They go to its address whatever the request's URI names, so that the URI can stay as the
/// client wrote it.
/// </summary>
internal sealed class EndpointConnections : DelegatingHandler
{
    /// <param name="address">Where every connection goes.</param>
    /// <param name="connectTimeout">Read for each new connection: a changed policy holds at once.</param>
    /// <param name="time">The clock of the connect timeout.</param>
    public EndpointConnections(IPEndPoint address, Func<TimeSpan> connectTimeout, TimeProvider time)
    {
        var http1 = new Http1Handler(
            cancellationToken => EndpointSocket.ConnectHttp1Async(address, connectTimeout(), time, check: null, cancellationToken),
            EndpointSocket.IdleTimeout, time);
        InnerHandler = new VersionedHandler(http1, () =>
        {
            var sockets = PlainSockets.NewHandler();
            sockets.ConnectCallback = (context, cancellationToken) =>
            {
                var multiplexed = context.InitialRequestMessage.Version.Major >= 2;
                return EndpointSocket.ConnectAsync(
                    address, connectTimeout(), time, (plain, _) => new(multiplexed ? new RefusedStreams(plain) : plain), cancellationToken);
            };
            sockets.PooledConnectionIdleTimeout = EndpointSocket.IdleTimeout;
            return sockets;
        });
    }

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        // An earlier attempt may have gone to an endpoint with a sidecar.
        InnerProtocol.Unwrap(request);
        return base.SendAsync(request, cancellationToken);
    }
}
