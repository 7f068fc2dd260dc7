using System.Diagnostics;
using Mesh.Proxy.Resilience;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Shadow;

/// <summary>timeouts.idle: answers that carried no byte for longer. Each is counted once, and goes on.</summary>
internal sealed class ShadowIdleHandler(TimeSpan timeout, ShadowTally tally, TimeProvider time) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        if (response is RefusedResponse || MessageFields.HasEmptyBody(response)) return response;

        var watch = new IdleWatch(timeout, time, cancellationToken, () => tally.Count(ShadowEffect.IdleTimeout));
        // Where the policy in force has a watch, bytes of the request are told to that one.
        RequestTrace.Of(request).Idle ??= watch;
        var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        response.Content = new WrappedContent(response.Content, new WatchedStream(body, watch, static () => throw new UnreachableException()));
        return response;
    }
}
