using Mesh.Api.Discovery;
using Mesh.Proxy.Forwarding;
using Mesh.Proxy.Telemetry;

namespace Mesh.Proxy.Outbound;

/// <summary>Carries requests for hosts that the mesh doesn't know straight there, without policy, as a plain proxy does.</summary>
internal sealed class PassThrough : IDisposable
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    // Bounded, so that a name that moves is followed.
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(5);

    private readonly RequestMetrics _metrics;
    private readonly HttpMessageInvoker _invoker;

    public PassThrough(LoopGuard loopGuard, ProxyMetrics metrics)
    {
        _metrics = metrics.For(Direction.Outbound, "");
        var sockets = PlainSockets.NewHandler();
        sockets.ConnectTimeout = ConnectTimeout;
        sockets.PooledConnectionLifetime = ConnectionLifetime;
        sockets.ConnectCallback = loopGuard.ConnectAsync;
        _invoker = new(new StreamingHandler(new HttpMessageInvoker(new SentOnceHandler(sockets))));
    }

    public Upstream To(Authority authority)
    {
        var host = authority.ToString();
        return new(host, "http://" + host, _invoker, Destination: null, _metrics);
    }

    public void Dispose() => _invoker.Dispose();
}
