using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using Mesh.Proxy.Routing;
using HeaderNames = Microsoft.Net.Http.Headers.HeaderNames;

namespace Mesh.Proxy.Forwarding;

/// <summary>Refuses an answer that says twice, or wrongly, where it ends, or that a line of its head could be read as two: RFC 9112 section 6.3, RFC 9110 section 5.5.</summary>
internal static class ResponseCheck
{
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789");

    private static readonly SearchValues<char> Controls = SearchValues.Create([.. Enumerable.Range(0, 0x20).Where(code => code is not '\t').Select(code => (char)code), '\x7f']);

    /// <exception cref="MeshException">What is wrong with it.</exception>
    public static void Check(HttpResponseMessage response, string from)
    {
        // Read by the letter as it came.
        if (response is ReceivedAnswer) return;
        if (response.StatusCode is HttpStatusCode.SwitchingProtocols && response.RequestMessage?.Headers.Upgrade is not { Count: > 0 })
            throw Refusal(from, "status: found 101, which nobody asked for");
        CheckFraming(response, from);
        if (response.Version.Major >= 2) CheckNames(response.Headers, from);
        CheckValues(response.Headers, from);
        CheckValues(response.Content.Headers, from);
    }

    private static void CheckFraming(HttpResponseMessage response, string from)
    {
        var hasLength = response.Content.Headers.NonValidated.TryGetValues(HeaderNames.ContentLength, out var lengths);
        if (hasLength && (lengths.Count is not 1 || lengths.ToString() is var length && (length.Length is 0 || length.AsSpan().ContainsAnyExcept(Digits) || !long.TryParse(length, out _))))
            throw Refusal(from, $"Content-Length: found '{lengths}', expected decimal digits, once");
        if (!response.Headers.NonValidated.TryGetValues(HeaderNames.TransferEncoding, out var codings)) return;
        if (hasLength) throw Refusal(from, "found Content-Length and Transfer-Encoding, expected one of the two");
        if (codings.Count is not 1 || !codings.ToString().Equals("chunked", StringComparison.OrdinalIgnoreCase))
            throw Refusal(from, $"Transfer-Encoding: found '{codings}', expected chunked");
    }

    private static void CheckNames(HttpResponseHeaders headers, string from)
    {
        foreach (var (name, _) in headers.NonValidated)
        {
            if (HeaderHygiene.OfConnection.Contains(name)) throw Refusal(from, $"{name}: found in HTTP/2, which has no fields of the connection (RFC 9113 section 8.2.2)");
        }
    }

    private static void CheckValues(HttpHeaders headers, string from)
    {
        foreach (var (name, values) in headers.NonValidated)
        {
            foreach (var value in values)
            {
                if (value.AsSpan().ContainsAny(Controls)) throw Refusal(from, $"header field {name}: found control characters");
            }
        }
    }

    private static MeshException Refusal(string from, string detail) => new(MeshErrorCode.UpstreamFailed, $"{from} answered what can't be passed on: {detail}");
}
