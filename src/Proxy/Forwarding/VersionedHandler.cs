using Mesh.Proxy.Http1;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Forwarding;

/// <summary>Requests in HTTP/1.1 take the lean way; those in HTTP/2, and those that may become something else, the framework's.</summary>
/// <param name="http1">The lean way.</param>
/// <param name="newOther">Makes the framework's, when a request first needs it.</param>
internal sealed class VersionedHandler(Http1Handler http1, Func<SocketsHttpHandler> newOther) : HttpMessageHandler
{
    private readonly HttpMessageInvoker _http1 = new(http1);
    private readonly Lazy<HttpMessageInvoker> _other = new(() => new(new SentOnceHandler(newOther())));

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        (IsLean(request) ? _http1 : _other.Value).SendAsync(request, cancellationToken);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _http1.Dispose();
            if (_other.IsValueCreated) _other.Value.Dispose();
        }
        base.Dispose(disposing);
    }

    private static bool IsLean(HttpRequestMessage request) =>
        request.Version.Major < 2 && (request is ReceivedRequest || request.Method != HttpMethod.Connect && !request.Headers.NonValidated.Contains("Upgrade"));
}
