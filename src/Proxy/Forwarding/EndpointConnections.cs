using System.Net;
using System.Net.Sockets;

namespace Mesh.Proxy.Forwarding;

/// <summary>
/// The connections to one endpoint. They go to its address whatever the request's URI names, so that the URI can stay as the
/// client wrote it.
/// </summary>
internal sealed class EndpointConnections : DelegatingHandler
{
    // Shorter than what servers keep open (Kestrel: 130 s, many others 60 s), so that they seldom close under a request.
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(50);

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
        sockets.PooledConnectionIdleTimeout = IdleTimeout;
        InnerHandler = new SentOnceHandler(sockets);
    }

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        // An earlier attempt may have gone to an endpoint with a sidecar.
        InnerProtocol.Unwrap(request);
        return base.SendAsync(request, cancellationToken);
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var timeout = _connectTimeout();
        var socket = new Socket(_address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using var timer = new CancellationTokenSource(timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            await socket.ConnectAsync(_address, either.Token);
            var stream = new NetworkStream(socket, ownsSocket: true);
            return context.InitialRequestMessage.Version.Major >= 2 ? new RefusedStreams(stream) : stream;
        }
        catch (OperationCanceledException) when (timer.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            socket.Dispose();
            throw new SocketException((int)SocketError.TimedOut, $"not connected within timeouts.connect ({timeout:g})");
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
