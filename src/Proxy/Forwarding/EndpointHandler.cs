using Mesh.Proxy.LoadBalancing;

namespace Mesh.Proxy.Forwarding;

/// <summary>The end of a destination's stack: over the connections of the endpoint that was picked.</summary>
internal sealed class EndpointHandler : HttpMessageHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        Attempt.Of(request) is { } attempt
            ? attempt.Endpoint.SendAsync(request, cancellationToken)
            : throw new InvalidOperationException($"{request.Method} {request.RequestUri}: no endpoint was picked");
}
