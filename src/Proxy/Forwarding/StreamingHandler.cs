using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Forwarding;

/// <summary>Sends request bodies on as they come.</summary>
internal sealed class StreamingHandler(HttpMessageInvoker inner) : HttpMessageHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Content is { } content) request.Content = new FlushedContent(content, RequestTrace.Of(request), multiplexed: request.Version.Major >= 2);
        return inner.SendAsync(request, cancellationToken);
    }
}
