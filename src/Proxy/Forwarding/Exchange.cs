using Mesh.Proxy.Listening.Wire;
using Mesh.Proxy.LoadBalancing;
using Mesh.Proxy.Routing;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;

namespace Mesh.Proxy.Forwarding;

/// <summary>
/// One request and its answer on their way: tells YARP's forwarder what they look like on the other side, and keeps what
/// metrics and errors need of them.
/// </summary>
internal sealed class Exchange(Direction direction, Upstream upstream, Caller caller, RetryMarking marking) : HttpTransformer, IDisposable
{
    // The path is the application's business: without this Uri would resolve "..", decode "%41" and so on.
    private static readonly UriCreationOptions Verbatim = new() { DangerousDisablePathAndQueryCanonicalization = true };

    public Upstream Upstream { get; } = upstream;

    public RequestTrace Trace { get; } = new() { Caller = caller };

    public Direction Direction { get; } = direction;

    /// <summary>Why the request was ended without being sent; null where it was sent, or failed.</summary>
    public RefusedResponse? Refused { get; private set; }

    /// <summary>The gRPC status that went downstream, as it was written; null where there was none.</summary>
    public string? GrpcStatus { get; private set; }

    // An application, and a host that the mesh doesn't know, have no word in the mesh's own headers; a destination's sidecar has.
    private bool IsFromMesh => Upstream.Destination is not null;

    // What the mesh hands on by way of applications: deadlines to them, marks from them.
    private bool IsInMesh => IsFromMesh || Direction is Direction.Inbound;

    /// <summary>The answer has been passed on, or can't be any further.</summary>
    /// <param name="failure">Null where it was passed on whole.</param>
    public void End(Failure? failure) => Trace.End(
        failure is null ? AttemptEnd.Answered : failure.Code is null ? AttemptEnd.Cancelled : AttemptEnd.BrokenOff,
        GrpcStatus is null ? null : GrpcCall.StatusOf(GrpcStatus));

    /// <summary>The request is over: the endpoint has one less in flight.</summary>
    public void Dispose() => Trace.Dispose();

    public override async ValueTask TransformRequestAsync(
        HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
        HeaderHygiene.CleanRequest(httpContext.Request.Headers, httpContext.Features.Get<GuardedInput>()?.Nominated, proxyRequest, staysInMesh: IsInMesh);
        if (Trace.Caller.Peer is { } peer) proxyRequest.Headers.TryAddWithoutValidation(HeaderHygiene.ClientId, peer.Text);
        var target = httpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        proxyRequest.RequestUri = new(Upstream.UriPrefix + RequestTarget.PathAndQuery(target), Verbatim);
        proxyRequest.Options.Set(RequestTrace.Key, Trace);
    }

    public override async ValueTask<bool> TransformResponseAsync(
        HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        Refused = proxyResponse as RefusedResponse;
        if (Refused is not null) return false;
        if (proxyResponse is null) return await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);

        Trace.Answer(proxyResponse);
        var isMarked = IsInMesh && RetryMark.IsOn(proxyResponse.Headers);
        ResponseCheck.Check(proxyResponse, Upstream.Name);
        HeaderHygiene.CleanResponse(proxyResponse, IsFromMesh);
        var forward = await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
        GrpcStatus = httpContext.Response.Headers.GrpcStatus;
        if (marking.GoesOn(httpContext.Request, isMarked, HasFailed(httpContext.Response))) httpContext.Response.Headers[RetryMark.Field] = RetryMark.Exhausted;
        if (forward) await ResponseHead.SendIfBodyIsLateAsync(httpContext, proxyResponse, cancellationToken);
        return forward;
    }

    public override async ValueTask TransformResponseTrailersAsync(
        HttpContext httpContext, HttpResponseMessage proxyResponse, CancellationToken cancellationToken)
    {
        var isMarked = IsInMesh && RetryMark.IsOn(proxyResponse.TrailingHeaders);
        if (!IsFromMesh) HeaderHygiene.RemoveMeshHeaders(proxyResponse.TrailingHeaders);
        await base.TransformResponseTrailersAsync(httpContext, proxyResponse, cancellationToken);
        if (proxyResponse.TrailingHeaders.NonValidated.TryGetValues("grpc-status", out var status)) GrpcStatus = status.ToString();
        if (GrpcStatus is not null && marking.GoesOn(httpContext.Request, isMarked, HasFailed(httpContext.Response)))
            httpContext.Features.Get<IHttpResponseTrailersFeature>()?.Trailers[RetryMark.Field] = RetryMark.Exhausted;
    }

    private bool HasFailed(HttpResponse response) => GrpcStatus is null ? response.StatusCode >= 400 : GrpcCall.StatusOf(GrpcStatus) > 0;
}
