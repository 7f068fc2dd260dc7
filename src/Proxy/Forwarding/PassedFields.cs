using System.Collections.Frozen;
using System.Net;
using Mesh.Proxy.Listening.Wire;
using Mesh.Proxy.Routing;
using HeaderNames = Microsoft.Net.Http.Headers.HeaderNames;

namespace Mesh.Proxy.Forwarding;

/// <summary>
/// The header fields that go on from one side to the other, where nobody copies them into the messages of .NET's client in between.
/// What ends at this hop is what YARP and <see cref="HeaderHygiene"/> together end there.
/// </summary>
internal static class PassedFields
{
    // As YARP has it, RequestUtilities; Upgrade-Insecure-Requests is the browser's word to the application and passes upwards.
    private static readonly FrozenSet<string> OfHop = FrozenSet.ToFrozenSet(
        [
            HeaderNames.Connection, HeaderNames.TransferEncoding, HeaderNames.KeepAlive, HeaderNames.Upgrade, HeaderNames.ProxyConnection,
            HeaderNames.ProxyAuthenticate, "Proxy-Authentication-Info", HeaderNames.ProxyAuthorization, "Proxy-Features", "Proxy-Instruction",
            "Security-Scheme", "ALPN", "Close", "HTTP2-Settings", HeaderNames.UpgradeInsecureRequests, HeaderNames.TE, HeaderNames.AltSvc,
        ],
        StringComparer.OrdinalIgnoreCase);

    /// <param name="context">The request.</param>
    /// <param name="staysInMesh">Whether the next station reads and writes <see cref="HeaderHygiene.Deadline"/>.</param>
    public static FieldList Of(HttpContext context, bool staysInMesh)
    {
        var nominated = context.Features.Get<GuardedInput>()?.Nominated;
        var fields = new FieldList();
        foreach (var (name, values) in context.Request.Headers)
        {
            if (IsPassed(name) && !HeaderHygiene.IsReserved(name, staysInMesh) && (nominated is null || !HeaderHygiene.IsNominated(name, nominated))) fields.Append(name, values);
        }
        // RFC 9113 section 8.2.2 leaves it this one word.
        if (HttpProtocol.IsHttp2(context.Request.Protocol) && AcceptsTrailers(context.Request.Headers)) fields.Add(HeaderNames.TE, "trailers");
        return fields;
    }

    /// <param name="answer">As it came.</param>
    /// <param name="headers">Of what goes downstream.</param>
    /// <param name="isFromMesh">Whether a sidecar may have made it, whose errors the client is to see.</param>
    public static void Copy(ReceivedAnswer answer, IHeaderDictionary headers, bool isFromMesh)
    {
        var nominated = answer.Fields.TryGet(HeaderNames.Connection, out var connection) ? HeaderHygiene.Options(MessageFields.Line(connection)) : null;
        foreach (var (name, values) in answer.Fields.All)
        {
            if (OfHop.Contains(name) || !isFromMesh && HeaderHygiene.IsMeshHeader(name) || nominated is not null && HeaderHygiene.IsNominated(name, nominated)) continue;
            // RFC 9110 sections 8.6 and 15.3.6: there is none with 204; with 205 none of the nothing that comes, nor to a HEAD.
            if (answer is { HasBody: false, StatusCode: HttpStatusCode.NoContent or HttpStatusCode.ResetContent } && IsLength(name)) continue;
            headers[name] = values;
        }
    }

    private static bool IsPassed(string name) => name[0] is not ':'
        && (!OfHop.Contains(name) || name.Equals(HeaderNames.UpgradeInsecureRequests, StringComparison.OrdinalIgnoreCase));

    private static bool AcceptsTrailers(IHeaderDictionary headers) =>
        headers.GetCommaSeparatedValues(HeaderNames.TE).Contains("trailers", StringComparer.OrdinalIgnoreCase);

    private static bool IsLength(string name) => name.Equals(HeaderNames.ContentLength, StringComparison.OrdinalIgnoreCase);
}
