using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Forwarding;

/// <summary>The end of a destination's stack: over the connections of the endpoint that was picked.</summary>
internal sealed class EndpointHandler : HttpMessageHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        RequestTrace.Of(request).Endpoint is { } endpoint
            ? endpoint.SendAsync(request, cancellationToken)
            : throw new InvalidOperationException($"{request.Method} {request.RequestUri}: no endpoint was picked");
}
