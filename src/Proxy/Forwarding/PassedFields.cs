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

    // By length, a bit for each letter that such a name begins with: it spares most others a comparison of letters.
    private static readonly uint[] Beginnings = BeginningsOf(OfHop);

    /// <param name="context">The request.</param>
    /// <param name="staysInMesh">Whether the next station reads and writes <see cref="HeaderHygiene.Deadline"/>.</param>
    public static FieldList Of(HttpContext context, bool staysInMesh)
    {
        // Few clients send it, and looking up who has read it costs more than looking whether it is there.
        var nominated = context.Request.Headers.Connection.Count is 0 ? null : context.Features.Get<GuardedInput>()?.Nominated;
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
            if (EndsHere(name) || !isFromMesh && HeaderHygiene.IsMeshHeader(name) || nominated is not null && HeaderHygiene.IsNominated(name, nominated)) continue;
            // RFC 9110 sections 8.6 and 15.3.6: there is none with 204; with 205 none of the nothing that comes, nor to a HEAD.
            if (answer is { HasBody: false, StatusCode: HttpStatusCode.NoContent or HttpStatusCode.ResetContent } && IsLength(name)) continue;
            headers[name] = values;
        }
    }

    private static bool IsPassed(string name) => name[0] is not ':'
        && (!EndsHere(name) || name.Equals(HeaderNames.UpgradeInsecureRequests, StringComparison.OrdinalIgnoreCase));

    private static bool EndsHere(string name) =>
        name.Length < Beginnings.Length && (Beginnings[name.Length] & BitOf(name)) is not 0 && OfHop.Contains(name);

    private static uint[] BeginningsOf(FrozenSet<string> names)
    {
        var beginnings = new uint[names.Max(name => name.Length) + 1];
        foreach (var name in names) beginnings[name.Length] |= BitOf(name);
        return beginnings;
    }

    // The same for a letter, be it small or not.
    private static uint BitOf(string name) => 1u << (name[0] & 31);

    private static bool AcceptsTrailers(IHeaderDictionary headers) =>
        headers.GetCommaSeparatedValues(HeaderNames.TE).Contains("trailers", StringComparer.OrdinalIgnoreCase);

    private static bool IsLength(string name) => name.Equals(HeaderNames.ContentLength, StringComparison.OrdinalIgnoreCase);
}
