using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using HeaderNames = Microsoft.Net.Http.Headers.HeaderNames;

namespace Mesh.Proxy.Forwarding;

/// <summary>Which header fields end at this hop. What YARP drops by itself (Connection, Keep-Alive, TE, Upgrade, ...) isn't listed again.</summary>
internal static class HeaderHygiene
{
    /// <summary>Fields of an HTTP/1 connection, which HTTP/2 has none of: RFC 9113 section 8.2.2.</summary>
    public static readonly SearchValues<string> OfConnection = SearchValues.Create(
        ["Connection", "Keep-Alive", "Proxy-Connection", "Transfer-Encoding", "Upgrade"], StringComparison.OrdinalIgnoreCase);

    /// <summary>The mesh's own headers. Nobody else may set them, so they never come through from outside.</summary>
    public const string MeshPrefix = "mesh-";

    /// <summary>The code of an error that a proxy made.</summary>
    public const string Error = MeshPrefix + "error";

    /// <summary>Who sent a request, as its connection proved: for the application, never from it or from anyone else.</summary>
    public const string ClientId = MeshPrefix + "client-id";

    // By which other proxies tell the same: https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/headers#x-forwarded-client-cert.
    private const string ForwardedClientCertificate = "x-forwarded-client-cert";

    /// <summary>When the answer is wanted, in Unix milliseconds. It can only tighten what holds anyway, so it comes through to those who enforce it.</summary>
    public const string Deadline = MeshPrefix + "deadline";

    /// <param name="received">As they came.</param>
    /// <param name="nominated">Those that Connection names; null where it names none.</param>
    /// <param name="forwarded">To be cleaned.</param>
    /// <param name="staysInMesh">Whether the next station reads and writes <see cref="Deadline"/>.</param>
    public static void CleanRequest(IHeaderDictionary received, IReadOnlyList<string>? nominated, HttpRequestMessage forwarded, bool staysInMesh)
    {
        if (nominated is not null) RemoveNominated(nominated, forwarded.Headers, forwarded.Content?.Headers);
        if (staysInMesh) Remove(forwarded.Headers, static name => IsReserved(name, staysInMesh: true));
        else RemoveMeshHeaders(forwarded.Headers);
        // YARP takes this for a header of the hop; it is the browser's word to the application (W3C Upgrade Insecure Requests).
        if (received.UpgradeInsecureRequests is { Count: > 0 } upgrade)
        {
            forwarded.Headers.TryAddWithoutValidation(HeaderNames.UpgradeInsecureRequests, (IEnumerable<string?>)upgrade);
        }
    }

    /// <param name="received">A response as it came, before it is copied downstream.</param>
    /// <param name="isFromMesh">Whether a sidecar may have made it, whose errors the client is to see.</param>
    public static void CleanResponse(HttpResponseMessage received, bool isFromMesh)
    {
        if (received.Headers.NonValidated.TryGetValues(HeaderNames.Connection, out var connection))
        {
            RemoveNominated(connection.SelectMany(Options), received.Headers, received.Content.Headers);
        }
        // RFC 9110 section 8.6: there is none with 204, and what would be its bytes is no body.
        if (received.StatusCode is HttpStatusCode.NoContent) received.Content.Headers.Remove(HeaderNames.ContentLength);
        if (!isFromMesh) RemoveMeshHeaders(received.Headers);
    }

    /// <summary>Whether a client has no word in a field.</summary>
    /// <param name="name">The field's.</param>
    /// <param name="staysInMesh">As for <see cref="CleanRequest"/>.</param>
    public static bool IsReserved(string name, bool staysInMesh) => staysInMesh
        ? IsMeshHeader(name) && !name.Equals(Deadline, StringComparison.OrdinalIgnoreCase) || IsSame(name, ForwardedClientCertificate)
        : IsMeshHeader(name);

    /// <summary>Whether a field is for this hop only, as Connection says: RFC 9110 section 7.6.1.</summary>
    public static bool IsNominated(string name, IReadOnlyList<string> nominated) =>
        nominated.Contains(name, StringComparer.OrdinalIgnoreCase) && MayBeNominated(name);

    public static void RemoveMeshHeaders(HttpHeaders headers) => Remove(headers, IsMeshHeader);

    private static void Remove(HttpHeaders headers, Func<string, bool> isUnwanted)
    {
        List<string>? found = null;
        foreach (var (name, _) in headers.NonValidated)
        {
            if (isUnwanted(name)) (found ??= []).Add(name);
        }
        if (found is null) return;
        foreach (var name in found) headers.Remove(name);
    }

    /// <summary>What Connection names.</summary>
    public static string[] Options(string connection) => connection.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    // RFC 9110 section 7.6.1: a field that Connection names is for this hop only.
    private static void RemoveNominated(IEnumerable<string> nominated, HttpHeaders headers, HttpHeaders? contentHeaders)
    {
        foreach (var name in nominated)
        {
            if (!MayBeNominated(name)) continue;
            if (headers.NonValidated.Contains(name)) headers.Remove(name);
            else if (contentHeaders is not null && contentHeaders.NonValidated.Contains(name)) contentHeaders.Remove(name);
        }
    }

    // Host and what frames the body are never the hop's alone, whatever the other side says.
    private static bool MayBeNominated(string name) => !IsOrdinary(name) && !IsFraming(name);

    private static bool IsFraming(string name) =>
        name.Equals(HeaderNames.Host, StringComparison.OrdinalIgnoreCase)
        || name.Equals(HeaderNames.ContentLength, StringComparison.OrdinalIgnoreCase)
        || name.Equals(HeaderNames.TransferEncoding, StringComparison.OrdinalIgnoreCase);

    private static bool IsOrdinary(string option) =>
        option.Equals("keep-alive", StringComparison.OrdinalIgnoreCase)
        || option.Equals("close", StringComparison.OrdinalIgnoreCase)
        || option.Equals("upgrade", StringComparison.OrdinalIgnoreCase);

    private static bool IsSame(string name, string field) =>
        name.Length == field.Length && name.Replace('_', '-').Equals(field, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a field's name is one of the mesh's own.</summary>
    // Servers that follow CGI (RFC 3875 section 4.1.18) take an underscore for a hyphen.
    public static bool IsMeshHeader(string name) =>
        name.Length >= MeshPrefix.Length && name[MeshPrefix.Length - 1] is ('-' or '_')
        && name.AsSpan(0, MeshPrefix.Length - 1).Equals(MeshPrefix.AsSpan(0, MeshPrefix.Length - 1), StringComparison.OrdinalIgnoreCase);
}
