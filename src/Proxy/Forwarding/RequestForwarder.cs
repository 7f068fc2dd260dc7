using System.Net;
using Mesh.Proxy.Identity;
using Mesh.Proxy.Routing;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;

namespace Mesh.Proxy.Forwarding;

/// <summary>
/// Carries one request to an upstream and its answer back: streams both bodies as they come, keeps the protocol, counts, and
/// turns failures into answers that explain themselves.
/// </summary>
internal sealed class RequestForwarder(IHttpForwarder forwarder, ErrorResponse errors, ExhaustedTraces exhausted, LocalProxy proxy, TimeProvider clock)
{
    // Streams may be silent for as long as their ends agree to be; time limits are the policy's business.
    private static readonly ForwarderRequestConfig Http1 = new()
    {
        Version = HttpVersion.Version11,
        VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        ActivityTimeout = Timeout.InfiniteTimeSpan,
    };

    private static readonly ForwarderRequestConfig Http2 = Http1 with { Version = HttpVersion.Version20 };

    private Func<HttpContext, Exchange, Failure?, Task>? _end;

    public Task ForwardAsync(HttpContext context, Direction direction, Upstream upstream)
    {
        var caller = CallerOf(context, direction);
        var exchange = new Exchange(direction, upstream, caller, exhausted, clock.GetTimestamp());
        var isHttp2 = HttpProtocol.IsHttp2(context.Request.Protocol) && !(caller.Peer is not null && InnerProtocol.IsHttp11(context.Request));
        return !isHttp2 && DirectForwarder.Takes(context)
            ? DirectForwarder.SendAsync(context, exchange, _end ??= EndAsync)
            : SendAsync(context, exchange, isHttp2 ? Http2 : Http1);
    }

    private async Task SendAsync(HttpContext context, Exchange exchange, ForwarderRequestConfig config)
    {
        using var ended = exchange;
        var upstream = exchange.Upstream;
        var result = await forwarder.SendAsync(context, upstream.UriPrefix, upstream.Invoker, config, exchange);
        await EndAsync(context, exchange, result is ForwarderError.None
            ? exchange.Refused is { } refused ? Failure.Of(refused.Reason) : null
            : Failure.Of(exchange.Direction, upstream, result, context.GetForwarderErrorFeature()?.Exception, context.RequestAborted.IsCancellationRequested));
    }

    /// <summary>The answer has been passed on, or can't be: tells the client why, and counts.</summary>
    private Task EndAsync(HttpContext context, Exchange exchange, Failure? failure)
    {
        failure ??= ShortAnswer(context, exchange.Upstream);
        exchange.End(failure);
        // A body that was cut short here for its form is the client's doing, and it is told what was wrong.
        if (failure is { Code: null } && RequestCheck.BrokenBody(context) is { } broken) failure = broken;
        if (failure is { Code: not null } && !context.Response.HasStarted) return TellAsync(context, exchange, failure);
        Record(context, exchange, failure);
        return Task.CompletedTask;
    }

    private async Task TellAsync(HttpContext context, Exchange exchange, Failure failure)
    {
        try
        {
            await errors.WriteAsync(context, failure, exchange);
        }
        finally
        {
            // A client that leaves while it is told the error has had a request all the same.
            Record(context, exchange, failure);
        }
    }

    private void Record(HttpContext context, Exchange exchange, Failure? failure) =>
        exchange.Upstream.Metrics.Record(context, exchange, failure, clock.GetElapsedTime(exchange.Started));

    // Over HTTP/2 HttpClient lets an answer pass that ends with its head though that says that a body follows: RFC 9113 section 8.1.1.
    private static Failure? ShortAnswer(HttpContext context, Upstream upstream) =>
        !context.Response.HasStarted && context.Response.ContentLength > 0 && context.Response.StatusCode is not StatusCodes.Status304NotModified && !HttpMethods.IsHead(context.Request.Method)
            ? new(MeshErrorCode.UpstreamFailed, $"{upstream.Name} answered what can't be passed on: found no body, expected {context.Response.ContentLength} bytes")
            : null;

    // What goes out is the application's own. What comes in is whose its connection proved to be.
    private Caller CallerOf(HttpContext context, Direction direction)
    {
        var peer = direction is Direction.Inbound ? context.Features.Get<VerifiedPeer>() : null;
        return Caller.Of(direction is Direction.Outbound ? proxy.Identity : peer?.Workload ?? "", context.Features.Get<IHttpConnectionFeature>()?.RemoteIpAddress) with { Peer = peer };
    }
}
