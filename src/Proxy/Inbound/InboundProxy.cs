using System.Net;
using Mesh.Proxy.Forwarding;
using Mesh.Proxy.Inbound.Access;
using Mesh.Proxy.Listening.Wire;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Telemetry;

namespace Mesh.Proxy.Inbound;

/// <summary>Requests from elsewhere, to the application beside this proxy.</summary>
internal sealed class InboundProxy(
    RequestForwarder forwarder,
    ErrorResponse errors,
    IInboundPolicySource policies,
    AccessGate gate,
    LoopGuard loopGuard,
    ProxyMetrics metrics,
    InboundMetrics inboundMetrics,
    TimeProvider time) : IDisposable
{
    private readonly ApplicationConnections _connections = new(loopGuard, time);
    private readonly RequestMetrics _unrouted = metrics.For(Direction.Inbound, "");

    /// <param name="address">Where the application listens.</param>
    public RequestDelegate To(IPEndPoint address)
    {
        var name = address.ToString();
        var application = new InboundApplication(
            address, policies.InboundTo(address.Port), _connections.To(address), metrics.For(Direction.Inbound, name), inboundMetrics.For(name), Random.Shared, time);
        return context => Refusal(context, name) is { } refused
            ? RefuseAsync(context, refused, application.Upstream.Metrics)
            : gate.IsOpen ? forwarder.ForwardAsync(context, Direction.Inbound, application.Upstream)
            : DecideAsync(context, address.Port, application);
    }

    /// <summary>Answers what never became a request.</summary>
    public Task AnswerMalformedAsync(HttpContext context, MalformedRequest malformed) => RefuseAsync(context, RequestCheck.Refusal(malformed), _unrouted);

    public void Dispose() => _connections.Dispose();

    // An application that is an HTTP proxy: what went through its tunnel would be seen by no policy for requests, and by none for
    // connections, since this one counts as HTTP.
    private static MeshException? Refusal(HttpContext context, string application) =>
        RequestCheck.Refusal(context, RequestTarget.Of(context))
        ?? (RequestTarget.IsTunnel(context)
            ? new(MeshErrorCode.TunnelUnsupported, $"CONNECT {context.Request.Host.Value}: found a request for a tunnel to {application}, a port that isn't opaque")
            : null);

    private async Task DecideAsync(HttpContext context, int port, InboundApplication application)
    {
        AccessWatch? watch;
        try
        {
            watch = await gate.AdmitAsync(context, port);
        }
        catch (MeshException refused)
        {
            await RefuseAsync(context, refused, application.Upstream.Metrics, application.Upstream.Name);
            return;
        }
        using (watch) await forwarder.ForwardAsync(context, Direction.Inbound, application.Upstream);
    }

    private async Task RefuseAsync(HttpContext context, MeshException refused, IRequestMetrics requests, string? destination = null)
    {
        var failure = Failure.Of(refused);
        await errors.WriteAsync(context, failure, exchange: null, destination);
        requests.Record(context, exchange: null, failure, TimeSpan.Zero);
    }
}
