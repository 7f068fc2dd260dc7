using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Resilience;

/// <summary>Ends answers, streams and upgrades, that carry no byte in either direction for timeouts.idle.</summary>
internal sealed class IdleTimeoutHandler(string destination, TimeSpan timeout, TimeProvider time) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        if (response is RefusedResponse || MessageFields.HasEmptyBody(response)) return response;

        var watch = new IdleWatch(timeout, time, cancellationToken);
        RequestTrace.Of(request).Idle = watch;
        var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        response.Content = new WrappedContent(response.Content, new WatchedStream(body, watch, StoodStill));
        return response;
    }

    private MeshException StoodStill() =>
        new(MeshErrorCode.IdleTimeout, $"{destination}: nothing came or went for timeouts.idle ({timeout:g})");
}
