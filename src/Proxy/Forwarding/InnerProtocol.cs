using System.Net;
using System.Net.Http.Headers;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Forwarding;

/// <summary>
/// The field <c>mesh-protocol</c>, on requests between sidecars: the version that the client speaks, and that the application is to be
/// spoken to in, where the sidecars speak HTTP/2. Believed of verified peers alone.
/// </summary>
internal static class InnerProtocol
{
    public const string Field = HeaderHygiene.MeshPrefix + "protocol";

    private const string Http11 = "http/1.1";

    /// <summary>Whether the request is for what HTTP/2 can't carry as it is.</summary>
    public static bool MustStayHttp11(HttpRequestMessage request) => request.Version.Major < 2 && request is not ReceivedRequest && request.Headers.Upgrade.Count > 0;

    /// <summary>Has a request go over HTTP/2.</summary>
    public static void Wrap(HttpRequestMessage request)
    {
        if (request.Version.Major >= 2) return;
        request.Version = HttpVersion.Version20;
        // Written by HttpClient where an earlier attempt went over HTTP/1.1.
        request.Headers.TransferEncodingChunked = null;
        request.Headers.TryAddWithoutValidation(Field, Http11);
    }

    /// <summary>Undoes <see cref="Wrap"/>, for an endpoint that isn't spoken to so.</summary>
    public static void Unwrap(HttpRequestMessage request)
    {
        if (request.Version.Major < 2 || !IsHttp11(request.Headers)) return;
        request.Version = HttpVersion.Version11;
        request.Headers.Remove(Field);
    }

    /// <summary>Whether a request, as it came from a verified peer, is HTTP/1.1 in truth.</summary>
    public static bool IsHttp11(HttpRequest request) => request.Headers.TryGetValue(Field, out var value) && value == Http11;

    private static bool IsHttp11(HttpRequestHeaders headers) => headers.NonValidated.TryGetValues(Field, out var value) && value.ToString() == Http11;
}
