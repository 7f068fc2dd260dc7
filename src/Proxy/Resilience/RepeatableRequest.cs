using System.Diagnostics.CodeAnalysis;
using Mesh.Proxy.Routing;
using Microsoft.Net.Http.Headers;

namespace Mesh.Proxy.Resilience;

/// <summary>A request that is sent a second time while the first is under way: HTTP's handlers write to the message and its body as they send.</summary>
internal static class RepeatableRequest
{
    /// <returns>False where the body is not kept whole, or has not come whole yet.</returns>
    public static bool TryCopy(HttpRequestMessage request, [NotNullWhen(true)] out HttpRequestMessage? copy)
    {
        copy = (request as ReceivedRequest)?.Copy();
        if (copy is not null) return true;
        if (!TryCopyBody(request.Content, out var body)) return false;
        copy = new(request.Method, request.RequestUri) { Version = request.Version, VersionPolicy = request.VersionPolicy, Content = body };
        foreach (var (name, values) in request.Headers.NonValidated) copy.Headers.TryAddWithoutValidation(name, values);
        // Written by HttpClient as it sent the first; the length of the copy is known.
        copy.Headers.Remove(HeaderNames.TransferEncoding);
        copy.Options.Set(RequestTrace.Key, RequestTrace.Of(request));
        return true;
    }

    private static bool TryCopyBody(HttpContent? content, out HttpContent? copy)
    {
        copy = null;
        if (content is null or ByteArrayContent)
        {
            copy = content;
            return true;
        }
        var whole = (content as RecordedContent)?.Whole();
        if (whole is null) return false;
        copy = new ByteArrayContent(whole);
        foreach (var (name, values) in content.Headers.NonValidated) copy.Headers.TryAddWithoutValidation(name, values);
        return true;
    }
}
