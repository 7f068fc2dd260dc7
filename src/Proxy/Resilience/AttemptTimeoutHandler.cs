using Mesh.Api.Discovery;
using Mesh.Proxy.LoadBalancing;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Resilience;

/// <summary>Bounds each attempt by timeouts.attempt.</summary>
internal sealed class AttemptTimeoutHandler(string destination, TimeSpan timeout, TimeProvider time) : TimeLimitHandler(time)
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        SendWithinAsync(timeout, request, TimedOut, cancellationToken);

    private MeshException TimedOut(HttpRequestMessage request) =>
        new(MeshErrorCode.AttemptTimeout, $"{destination}: endpoint {Attempt.Of(request)?.Endpoint.Key} did not answer within timeouts.attempt ({timeout:g})")
        {
            Condition = RetryCondition.AttemptTimeout,
        };
}
