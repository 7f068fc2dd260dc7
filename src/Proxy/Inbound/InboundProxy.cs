using System.Net;
using Mesh.Proxy.Forwarding;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Telemetry;

namespace Mesh.Proxy.Inbound;

/// <summary>Requests from elsewhere, to the application beside this proxy.</summary>
internal sealed class InboundProxy(
    RequestForwarder forwarder, IInboundPolicySource policies, LoopGuard loopGuard, ProxyMetrics metrics, InboundMetrics inboundMetrics, TimeProvider time) : IDisposable
{
    // The application is a process on this very host.
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(1);

    private readonly HttpMessageInvoker _connections = NewConnections(loopGuard);

    /// <param name="address">Where the application listens.</param>
    public RequestDelegate To(IPEndPoint address)
    {
        var name = address.ToString();
        var application = new InboundApplication(
            address, policies.InboundTo(address.Port), _connections, metrics.For(Direction.Inbound, name), inboundMetrics.For(name), Random.Shared, time);
        return context => forwarder.ForwardAsync(context, Direction.Inbound, application.Upstream);
    }

    public void Dispose() => _connections.Dispose();

    private static HttpMessageInvoker NewConnections(LoopGuard loopGuard)
    {
        var sockets = PlainSockets.NewHandler();
        sockets.ConnectTimeout = ConnectTimeout;
        sockets.ConnectCallback = loopGuard.ConnectAsync;
        return new(new StreamingHandler(new HttpMessageInvoker(new SentOnceHandler(sockets))));
    }
}
