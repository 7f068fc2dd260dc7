using System.Net;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Forwarding;

/// <summary>When the head of a response goes downstream.</summary>
internal static class ResponseHead
{
    /// <summary>
    /// YARP sends a response's head with the first bytes of its body. Where the body has not begun, as on a stream whose
    /// client waits for the head before it says more, the head is sent ahead; a head and body that came together still go
    /// together, and a head that ends its stream (a gRPC answer of trailers only) still ends it.
    /// </summary>
    public static async ValueTask SendIfBodyIsLateAsync(HttpContext context, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var isUpgrade = response.StatusCode is HttpStatusCode.SwitchingProtocols || response.RequestMessage?.Headers.Protocol is not null;
        if (isUpgrade || MessageFields.HasEmptyBody(response)) return;

        var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        // A read of nothing completes once there is something to read: bytes, the end, or a failure.
        var begun = body.ReadAsync(Memory<byte>.Empty, cancellationToken);
        if (begun.IsCompletedSuccessfully)
        {
            _ = begun.Result;
            return;
        }
        if (!begun.IsCompleted) await context.Response.Body.FlushAsync(cancellationToken);
        try
        {
            await begun;
        }
        catch (Exception failure) when (failure is IOException or HttpRequestException or OperationCanceledException)
        {
            // It fails again where the body is copied, and is dealt with there.
        }
    }
}
