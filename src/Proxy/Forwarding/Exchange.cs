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
internal sealed class Exchange(Direction direction, Upstream upstream, Caller caller, ExhaustedTraces exhausted, long started) : HttpTransformer, IDisposable
{
    private readonly RetryMarking _marking = new(exhausted, direction, started);

    /// <summary>When the request came: a timestamp.</summary>
    public long Started => started;

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
        proxyRequest.RequestUri = ReceivedRequest.UriOf(Upstream.UriPrefix, RequestTarget.PathAndQuery(RequestTarget.Of(httpContext)));
        proxyRequest.Options.Set(RequestTrace.Key, Trace);
    }

    /// <summary>The request without a body, as it goes on in HTTP/1.1.</summary>
    public ReceivedRequest NewRequest(HttpContext context)
    {
        var fields = PassedFields.Of(context, staysInMesh: IsInMesh);
        if (Trace.Caller.Peer is { } peer) fields.Add(HeaderHygiene.ClientId, peer.Text);
        return new(HttpMethod.Parse(context.Request.Method), Upstream.UriPrefix, RequestTarget.PathAndQuery(RequestTarget.Of(context)), fields, Trace);
    }

    public override async ValueTask<bool> TransformResponseAsync(
        HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        if (proxyResponse is null) return await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
        var forward = await PassHeadAsync(httpContext, proxyResponse, cancellationToken);
        if (forward) await ResponseHead.SendIfBodyIsLateAsync(httpContext, proxyResponse, cancellationToken);
        return forward;
    }

    /// <summary>Puts an answer's header fields on what goes downstream.</summary>
    /// <returns>False where it is a refusal, of which nothing goes downstream: see <see cref="Refused"/>.</returns>
    /// <exception cref="MeshException">It can't be passed on.</exception>
    public ValueTask<bool> PassHeadAsync(HttpContext context, HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        Refused = answer as RefusedResponse;
        if (Refused is not null) return new(false);

        Trace.Answer(answer);
        var isMarked = IsInMesh && RetryMark.IsOn(answer);
        ResponseCheck.Check(answer, Upstream.Name);
        if (answer is not ReceivedAnswer received) return PassHeadOfOtherAsync(context, answer, isMarked, cancellationToken);
        PassedFields.Copy(received, context.Response.Headers, IsFromMesh);
        EndHead(context, isMarked);
        return new(true);
    }

    public override async ValueTask TransformResponseTrailersAsync(
        HttpContext httpContext, HttpResponseMessage proxyResponse, CancellationToken cancellationToken)
    {
        var isMarked = IsInMesh && RetryMark.IsOn(proxyResponse.TrailingHeaders);
        if (!IsFromMesh) HeaderHygiene.RemoveMeshHeaders(proxyResponse.TrailingHeaders);
        await base.TransformResponseTrailersAsync(httpContext, proxyResponse, cancellationToken);
        if (proxyResponse.TrailingHeaders.NonValidated.TryGetValues("grpc-status", out var status)) GrpcStatus = status.ToString();
        if (GrpcStatus is not null && _marking.GoesOn(httpContext.Request, isMarked, HasFailed(httpContext.Response)))
            httpContext.Features.Get<IHttpResponseTrailersFeature>()?.Trailers[RetryMark.Field] = RetryMark.Exhausted;
    }

    private async ValueTask<bool> PassHeadOfOtherAsync(HttpContext context, HttpResponseMessage answer, bool isMarked, CancellationToken cancellationToken)
    {
        HeaderHygiene.CleanResponse(answer, IsFromMesh);
        await base.TransformResponseAsync(context, answer, cancellationToken);
        EndHead(context, isMarked);
        return true;
    }

    private void EndHead(HttpContext context, bool isMarked)
    {
        GrpcStatus = context.Response.Headers.GrpcStatus;
        if (_marking.GoesOn(context.Request, isMarked, HasFailed(context.Response))) context.Response.Headers[RetryMark.Field] = RetryMark.Exhausted;
    }

    private bool HasFailed(HttpResponse response) => GrpcStatus is null ? response.StatusCode >= 400 : GrpcCall.StatusOf(GrpcStatus) > 0;
}
