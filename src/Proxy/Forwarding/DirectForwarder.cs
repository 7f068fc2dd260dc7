using System.Buffers;
using Mesh.Proxy.Http1;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Sockets;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Yarp.ReverseProxy.Forwarder;

namespace Mesh.Proxy.Forwarding;

/// <summary>
/// Forwards requests without a body that go on in HTTP/1.1, by far the most of them, for a part of what YARP's forwarder costs: header
/// fields go from one side to the other without becoming those of .NET's messages in between. Bodies, HTTP/2 and upgrades are YARP's.
/// </summary>
internal static class DirectForwarder
{
    // As much as YARP's takes at a time.
    private const int BufferLength = 64 * 1024;

    /// <summary>Whether a request, to go on in HTTP/1.1, is of the kind.</summary>
    public static bool Takes(HttpContext context) =>
        !HttpMethods.IsConnect(context.Request.Method) && context.Request.Headers.Upgrade.Count is 0 && HasNoBody(context);

    /// <summary>Sends a request, passes the answer on, and does what is to be done then. In one asynchronous method: each more costs as much as a policy.</summary>
    /// <param name="context">The request.</param>
    /// <param name="exchange">It, on its way; disposed at the end.</param>
    /// <param name="end">Told what has failed; null where the answer was passed on whole.</param>
    public static async Task SendAsync(HttpContext context, Exchange exchange, Func<HttpContext, Exchange, Failure?, Task> end)
    {
        using var ended = exchange;
        var aborted = context.RequestAborted;
        var loop = EventLoop.Current;
        var failing = ForwarderError.Request;
        HttpResponseMessage? answer = null;
        byte[]? buffer = null;
        Failure? failure = null;
        try
        {
            answer = await new DirectAwait<HttpResponseMessage>(exchange.Upstream.Invoker.SendAsync(exchange.NewRequest(context), aborted));
            // What is written from elsewhere goes to the client's loop, and what follows back again, piece by piece.
            if (loop is not null) await loop.SwitchAsync();
            failing = ForwarderError.ResponseHeaders;
            PassStatus(answer, context);
            var isPassed = await exchange.PassHeadAsync(context, answer, aborted);
            if (!isPassed) failure = Failure.Of(exchange.Refused!.Reason);

            failing = ForwarderError.ResponseBodyDestination;
            var received = (answer.Content as AnswerContent)?.Body;
            var body = !isPassed || answer is ReceivedAnswer { HasBody: false } ? null : received ?? await answer.Content.ReadAsStreamAsync(aborted);
            while (body is not null && received is not { HasEnded: true })
            {
                // What came with the head goes on from where it lies.
                if (received is { Ready: { IsEmpty: false } ready })
                {
                    failing = ForwarderError.ResponseBodyClient;
                    await context.Response.Body.WriteAsync(ready, aborted);
                    failing = ForwarderError.ResponseBodyDestination;
                    received.Pass(ready.Length);
                    continue;
                }
                // A read of nothing completes once there is something to read. Until then no memory is held, and the head isn't held back.
                var begun = body.ReadAsync(Memory<byte>.Empty, aborted);
                if (!begun.IsCompleted)
                {
                    Return(ref buffer);
                    if (!context.Response.HasStarted) await context.Response.Body.FlushAsync(aborted);
                }
                await begun;
                buffer ??= ArrayPool<byte>.Shared.Rent(BufferLength);
                var read = await body.ReadAsync(buffer, aborted);
                if (loop is not null) await loop.SwitchAsync();
                if (read is 0) break;
                failing = ForwarderError.ResponseBodyClient;
                await context.Response.Body.WriteAsync(buffer.AsMemory(0, read), aborted);
                failing = ForwarderError.ResponseBodyDestination;
            }
            if (isPassed && answer is not ReceivedAnswer { HasTrailers: false }) await exchange.TransformResponseTrailersAsync(context, answer, aborted);
        }
        catch (Exception thrown)
        {
            failure = Fail(context, exchange, failing, thrown);
        }
        finally
        {
            Return(ref buffer);
            answer?.Dispose();
        }
        await end(context, exchange, failure);
    }

    // RFC 9112 section 6.3: what says neither has none. Over HTTP/2 it is a matter of the frames.
    private static bool HasNoBody(HttpContext context) => HttpProtocol.IsHttp2(context.Request.Protocol)
        ? context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false }
        : context.Request.ContentLength is null or 0 && context.Request.Headers.TransferEncoding.Count is 0;

    // The reason phrase as it came, but where it is the usual one.
    private static void PassStatus(HttpResponseMessage answer, HttpContext context)
    {
        var status = (int)answer.StatusCode;
        context.Response.StatusCode = status;
        if (answer.ReasonPhrase != ReasonPhrases.GetReasonPhrase(status)) context.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase = answer.ReasonPhrase;
    }

    private static Failure Fail(HttpContext context, Exchange exchange, ForwarderError failing, Exception failure)
    {
        var isClientGone = context.RequestAborted.IsCancellationRequested;
        if (isClientGone) failing = failing is ForwarderError.Request ? ForwarderError.RequestCanceled : ForwarderError.ResponseBodyCanceled;
        if (context.Response.HasStarted)
        {
            BreakOff(context, isClientGone);
        }
        else
        {
            context.Response.Clear();
            context.Response.StatusCode = isClientGone ? StatusCodes.Status400BadRequest : StatusCodes.Status502BadGateway;
        }
        return Failure.Of(exchange.Direction, exchange.Upstream, failing, failure, isClientGone);
    }

    // The client mustn't take what it has for all.
    private static void BreakOff(HttpContext context, bool isClientGone)
    {
        // RFC 9113 section 7: CANCEL, INTERNAL_ERROR.
        if (context.Features.Get<IHttpResetFeature>() is { } stream) stream.Reset(isClientGone ? 8 : 2);
        else context.Abort();
    }

    private static void Return(ref byte[]? buffer)
    {
        if (buffer is not null) ArrayPool<byte>.Shared.Return(buffer);
        buffer = null;
    }
}
