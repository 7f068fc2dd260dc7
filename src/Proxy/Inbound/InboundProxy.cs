using System.Net;
using Mesh.Proxy.Forwarding;
using Mesh.Proxy.Resilience;
using Mesh.Proxy.Telemetry;

namespace Mesh.Proxy.Inbound;

/// <summary>Requests from elsewhere, to the application beside this proxy.</summary>
internal sealed class InboundProxy(RequestForwarder forwarder, LoopGuard loopGuard, ProxyMetrics metrics, TimeProvider time) : IDisposable
{
    // The application is a process on this very host.
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(1);

    private readonly HttpMessageInvoker _invoker = NewInvoker(loopGuard, time);

    /// <param name="application">Where the application listens.</param>
    public RequestDelegate To(IPEndPoint application)
    {
        var name = application.ToString();
        var upstream = new Upstream(name, "http://" + name, _invoker, Destination: null, metrics.For(Direction.Inbound, name));
        return context => forwarder.ForwardAsync(context, Direction.Inbound, upstream);
    }

    public void Dispose() => _invoker.Dispose();

    private static HttpMessageInvoker NewInvoker(LoopGuard loopGuard, TimeProvider time)
    {
        var sockets = PlainSockets.NewHandler();
        sockets.ConnectTimeout = ConnectTimeout;
        sockets.ConnectCallback = loopGuard.ConnectAsync;
        // The client's sidecar knows the policy; here a request is held to the deadline that it carries.
        var deadline = new DeadlineHandler("the application", timeout: null, time) { InnerHandler = new SentOnceHandler(sockets) };
        return new(new StreamingHandler(new HttpMessageInvoker(deadline)));
    }
}
