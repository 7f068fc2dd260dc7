using System.Net.Sockets;
using System.Net;
using Mesh.Api.Discovery;
using Mesh.Proxy.Forwarding;
using Mesh.Proxy.Listening;
using Mesh.Proxy.Telemetry;

namespace Mesh.Proxy.Outbound;

/// <summary>Carries requests for hosts that the mesh doesn't know straight there, without policy, as a plain proxy does.</summary>
internal sealed class PassThrough : IDisposable
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    // Bounded, so that a name that moves is followed.
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(5);

    private readonly PortRegistry _ports;
    private readonly RequestMetrics _metrics;
    private readonly HttpMessageInvoker _invoker;

    public PassThrough(PortRegistry ports, ProxyMetrics metrics)
    {
        _ports = ports;
        _metrics = metrics.For(Direction.Outbound, "");
        var sockets = PlainSockets.NewHandler();
        sockets.ConnectTimeout = ConnectTimeout;
        sockets.PooledConnectionLifetime = ConnectionLifetime;
        sockets.ConnectCallback = ConnectAsync;
        _invoker = new(new StreamingHandler(new HttpMessageInvoker(new SentOnceHandler(sockets))));
    }

    public Upstream To(Authority authority)
    {
        var host = authority.ToString();
        return new(host, "http://" + host, _invoker, Destination: null, _metrics);
    }

    public void Dispose() => _invoker.Dispose();

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            // A name may stand for this very host: only once connected is it known.
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            var reached = (IPEndPoint)socket.RemoteEndPoint!;
            if (_ports.LeadsHere(reached.Address, reached.Port)) throw OutboundProxy.Loop(context.DnsEndPoint.Host + ":" + context.DnsEndPoint.Port);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
