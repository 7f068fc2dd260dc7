using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Forwarding;

/// <summary>
/// Keeps HttpClient from repeating on its own what is not idempotent. Over HTTP/1.1 it sends a request without a body again, up
/// to three times, when the connection ends before the answer begins: right for a GET (RFC 9110 section 9.2.2), not for a POST.
/// A body, be it empty, stops it; on the wire that is the <c>Content-Length: 0</c> which such a request carries anyway.
/// Source: dotnet/runtime, HttpConnection.SendAsync. What came as a <see cref="ReceivedRequest"/> it turns into what HttpClient takes.
/// </summary>
internal sealed class SentOnceHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        (request as ReceivedRequest)?.Settle();
        if (request.Content is null && request.Version.Major < 2 && !IsIdempotent(request.Method)) request.Content = new ByteArrayContent([]);
        return base.SendAsync(request, cancellationToken);
    }

    private static bool IsIdempotent(HttpMethod method) =>
        method == HttpMethod.Get || method == HttpMethod.Head || method == HttpMethod.Options || method == HttpMethod.Put
        || method == HttpMethod.Delete || method == HttpMethod.Trace;
}
