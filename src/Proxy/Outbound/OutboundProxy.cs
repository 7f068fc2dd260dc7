using System.Runtime.CompilerServices;
using Mesh.Api.Discovery;
using Mesh.Proxy.Forwarding;
using Mesh.Proxy.Listening;
using Mesh.Proxy.Listening.Wire;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Telemetry;
using Microsoft.Extensions.Primitives;

namespace Mesh.Proxy.Outbound;

/// <summary>
/// The application's requests: to the destination that their target or Host names, or, on a port that stands for an
/// authority, to that.
/// </summary>
internal sealed class OutboundProxy(
    IDestinationSource destinations, PassThrough passThrough, RequestForwarder forwarder, ErrorResponse errors, PortRegistry ports, ProxyMetrics metrics)
{
    // A destination is replaced when its policy changes, and its upstream goes with it.
    private readonly ConditionalWeakTable<Destination, Upstream> _upstreams = [];
    private readonly AuthorityCache _authorities = new();
    private readonly RequestMetrics _unrouted = metrics.For(Direction.Outbound, "");

    /// <summary>
    /// A request of a redirected connection goes where that was going, whatever its Host says; else, to an explicit proxy, the
    /// request itself says where.
    /// </summary>
    public Task HandleAsync(HttpContext context)
    {
        var tunnel = context.Features.Get<Tunnel>();
        if (Refusal(context, tunnel) is { } refused) return RefuseAsync(context, refused, tunnel?.Target.ToString() ?? context.Request.Host.Value);
        if (tunnel is not null) return RouteAsync(context, tunnel.Target, mayPassThrough: true);
        if (context.Features.Get<OriginalDestination>() is { } original) return RouteAsync(context, original.Authority, mayPassThrough: true);
        if (!ProxyHop.MayGoFurther(context)) return ProxyHop.AnswerAsync(context);
        ProxyHop.Enter(context);
        // HTTP/1.0 may name the host in the target alone.
        if (!context.Request.Host.HasValue && RequestTarget.Authority(RequestTarget.Of(context)) is { } named) context.Request.Host = new(named);
        return _authorities.TryParse(context.Request.Host.Value, out var authority)
            ? RouteAsync(context, authority, mayPassThrough: true)
            : RefuseAsync(context, BadAuthority(context), context.Request.Host.Value);
    }

    /// <summary>A port that stands for an authority: all that arrives goes there, whatever its Host says.</summary>
    public RequestDelegate To(Authority authority) => context =>
        Refusal(context, tunnel: null) is { } refused
            ? RefuseAsync(context, refused, authority.ToString())
            : RouteAsync(context, authority, mayPassThrough: false);

    /// <summary>Answers what never became a request.</summary>
    public Task AnswerMalformedAsync(HttpContext context, MalformedRequest malformed) => RefuseAsync(context, RequestCheck.Refusal(malformed), destination: null);

    // Most destinations are known, and then there is nothing to wait for.
    private Task RouteAsync(HttpContext context, Authority authority, bool mayPassThrough)
    {
        // HTTP/1.0 may name no host at all; the application is told the one that this port stands for.
        if (StringValues.IsNullOrEmpty(context.Request.Headers.Host)) context.Request.Host = new(authority.ToString());
        if (ports.LeadsHere(authority)) return RefuseAsync(context, LoopGuard.Loop(authority.ToString()), authority.ToString());
        try
        {
            var finding = destinations.FindAsync(authority, context.RequestAborted);
            return finding.IsCompletedSuccessfully ? ForwardAsync(context, authority, finding.Result, mayPassThrough) : WaitAsync(context, authority, finding, mayPassThrough);
        }
        catch (MeshException failure)
        {
            return RefuseAsync(context, failure, authority.ToString());
        }
    }

    private async Task WaitAsync(HttpContext context, Authority authority, ValueTask<Destination?> finding, bool mayPassThrough)
    {
        Destination? destination;
        try
        {
            destination = await finding;
        }
        catch (MeshException failure)
        {
            await RefuseAsync(context, failure, authority.ToString());
            return;
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            _unrouted.Record(context, exchange: null, Failure.Canceled, TimeSpan.Zero);
            return;
        }
        await ForwardAsync(context, authority, destination, mayPassThrough);
    }

    private Task ForwardAsync(HttpContext context, Authority authority, Destination? destination, bool mayPassThrough)
    {
        if (destination is not null) return forwarder.ForwardAsync(context, Direction.Outbound, UpstreamOf(destination));
        if (mayPassThrough) return forwarder.ForwardAsync(context, Direction.Outbound, passThrough.To(authority));
        var unknown = new MeshException(MeshErrorCode.UnknownDestination, $"the mesh knows no destination {authority}, and this port has nowhere else to send to");
        return RefuseAsync(context, unknown, authority.ToString());
    }

    private Upstream UpstreamOf(Destination destination) =>
        _upstreams.TryGetValue(destination, out var upstream) ? upstream : _upstreams.GetValue(destination, NewUpstream);

    private Upstream NewUpstream(Destination destination) => new(
        destination.Name, Upstream.DestinationUriPrefix, new(new StreamingHandler(destination.Invoker)), destination,
        metrics.For(Direction.Outbound, destination.Name));

    private async Task RefuseAsync(HttpContext context, MeshException refused, string? destination)
    {
        var failure = Failure.Of(refused);
        await errors.WriteAsync(context, failure, exchange: null, destination);
        _unrouted.Record(context, exchange: null, failure, TimeSpan.Zero);
    }

    private static MeshException? Refusal(HttpContext context, Tunnel? tunnel)
    {
        var target = RequestTarget.Of(context);
        if (RequestCheck.Refusal(context, target) is { } malformed) return malformed;
        if (RequestTarget.IsTunnel(context)) return RefusalOfTunnel(context, tunnel);
        return RequestTarget.IsEncrypted(target)
            ? new(MeshErrorCode.TunnelUnsupported, $"{target}: found a target over TLS, expected CONNECT for its host")
            : null;
    }

    private static MeshException RefusalOfTunnel(HttpContext context, Tunnel? tunnel) => tunnel?.Refusal switch
    {
        MeshException refusal => refusal,
        { } failure => new(MeshErrorCode.UpstreamFailed, $"CONNECT {tunnel.Target}: {failure.Message}", failure),
        null => new(MeshErrorCode.TunnelUnsupported, $"CONNECT {context.Request.Host.Value}: expected as the first request of a connection to the HTTP proxy, over HTTP/1"),
    };

    private static MeshException BadAuthority(HttpContext context) => new(
        MeshErrorCode.BadAuthority,
        context.Request.Host.HasValue
            ? $"Host: found '{context.Request.Host.Value}', expected a name or an address, with or without a port"
            : "Host: found nothing, expected a name or an address, with or without a port");
}
