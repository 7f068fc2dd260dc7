using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Mesh.Proxy.Forwarding;

/// <summary>Which header fields end at this hop. What YARP drops by itself (Connection, Keep-Alive, TE, Upgrade, ...) isn't listed again.</summary>
internal static class HeaderHygiene
{
    /// <summary>The mesh's own headers. Nobody else may set them, so they never come through from outside.</summary>
    public const string MeshPrefix = "mesh-";

    public static void CleanRequest(IHeaderDictionary received, HttpRequestMessage forwarded)
    {
        RemoveNominated(received.Connection, forwarded);
        RemoveMeshHeaders(forwarded);
        // YARP takes this for a header of the hop; it is the browser's word to the application (W3C Upgrade Insecure Requests).
        if (received.UpgradeInsecureRequests is { Count: > 0 } upgrade)
        {
            forwarded.Headers.TryAddWithoutValidation(HeaderNames.UpgradeInsecureRequests, (IEnumerable<string?>)upgrade);
        }
    }

    public static void RemoveMeshHeaders(IHeaderDictionary headers)
    {
        List<string>? found = null;
        foreach (var (name, _) in headers)
        {
            if (IsMeshHeader(name)) (found ??= []).Add(name);
        }
        if (found is null) return;
        foreach (var name in found) headers.Remove(name);
    }

    private static void RemoveMeshHeaders(HttpRequestMessage forwarded)
    {
        List<string>? found = null;
        foreach (var (name, _) in forwarded.Headers.NonValidated)
        {
            if (IsMeshHeader(name)) (found ??= []).Add(name);
        }
        if (found is null) return;
        foreach (var name in found) forwarded.Headers.Remove(name);
    }

    // RFC 9110 section 7.6.1: a field that Connection names is for this hop only. Kestrel shows no names beside close, keep-alive
    // or upgrade: it has replaced the value by that one word.
    private static void RemoveNominated(StringValues connection, HttpRequestMessage forwarded)
    {
        if (connection.Count is 0 || connection is [{ } only] && IsOrdinary(only)) return;
        foreach (var name in connection.SelectMany(value => (value ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)))
        {
            // Host and what frames the body are never the hop's alone, whatever a client says.
            if (IsOrdinary(name) || name.Equals(HeaderNames.Host, StringComparison.OrdinalIgnoreCase)) continue;
            forwarded.Headers.NonValidated.TryGetValues(name, out var values);
            if (values.Count > 0) forwarded.Headers.Remove(name);
        }
    }

    private static bool IsOrdinary(string option) =>
        option.Equals("keep-alive", StringComparison.OrdinalIgnoreCase)
        || option.Equals("close", StringComparison.OrdinalIgnoreCase)
        || option.Equals("upgrade", StringComparison.OrdinalIgnoreCase);

    private static bool IsMeshHeader(string name) => name.StartsWith(MeshPrefix, StringComparison.OrdinalIgnoreCase);
}
