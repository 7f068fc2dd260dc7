using System.Collections.Concurrent;
using System.Net;
using Mesh.Proxy.Forwarding;
using Mesh.Proxy.Http1;

namespace Mesh.Proxy.Inbound;

/// <summary>The connections to the applications beside this proxy, one for each port that they listen on.</summary>
internal sealed class ApplicationConnections(LoopGuard loopGuard, TimeProvider time) : IDisposable
{
    // The application is a process on this very host.
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(1);

    // An application has few ports; who scans the others can't have the memory.
    private const int MostApplications = 256;

    private readonly ConcurrentDictionary<IPEndPoint, Connections> _connections = new();
    private readonly Lazy<SocketsHttpHandler> _other = new(() => NewOther(loopGuard));

    /// <param name="address">Where the application listens.</param>
    public HttpMessageInvoker To(IPEndPoint address)
    {
        if (_connections.TryGetValue(address, out var known)) return known.Invoker;
        return _connections.Count < MostApplications
            ? _connections.GetOrAdd(address, NewConnections).Invoker
            : Streaming(new SentOnceHandler(_other.Value));
    }

    public void Dispose()
    {
        foreach (var (_, connections) in _connections) connections.Handler.Dispose();
        if (_other.IsValueCreated) _other.Value.Dispose();
    }

    private Connections NewConnections(IPEndPoint address)
    {
        var name = address.ToString();
        var http1 = new Http1Handler(
            cancellationToken => EndpointSocket.ConnectHttp1Async(address, ConnectTimeout, time, reached => loopGuard.Check(reached, name), cancellationToken),
            EndpointSocket.IdleTimeout, time);
        var versions = new VersionedHandler(http1, () => NewOther(loopGuard));
        return new(Streaming(versions), versions);
    }

    private static HttpMessageInvoker Streaming(HttpMessageHandler handler) => new(new StreamingHandler(new HttpMessageInvoker(handler, disposeHandler: false)));

    private static SocketsHttpHandler NewOther(LoopGuard loopGuard)
    {
        var sockets = PlainSockets.NewHandler();
        sockets.ConnectTimeout = ConnectTimeout;
        sockets.ConnectCallback = loopGuard.ConnectAsync;
        return sockets;
    }

    private sealed record Connections(HttpMessageInvoker Invoker, HttpMessageHandler Handler);
}
