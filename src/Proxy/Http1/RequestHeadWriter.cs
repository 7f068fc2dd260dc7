using System.Buffers;
using System.Net.Http.Headers;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Sockets;
using HeaderNames = Microsoft.Net.Http.Headers.HeaderNames;

namespace Mesh.Proxy.Http1;

/// <summary>Writes a request's head: RFC 9112 sections 3 and 5. What could be read as two lines is never written.</summary>
internal static class RequestHeadWriter
{
    // RFC 9110 section 5.5, but that other controls may pass here as they may on the listening side.
    private static readonly SearchValues<char> Splitting = SearchValues.Create("\r\n\0");

    private static readonly SearchValues<char> Target = SearchValues.Create([.. Enumerable.Range('!', '~' - '!' + 1).Select(code => (char)code)]);

    private static readonly SearchValues<char> Token = SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    /// <param name="buffer">Where to.</param>
    /// <param name="request">To HTTP/1.1.</param>
    /// <param name="length">The body's; -1: it goes in chunks; null: there is none.</param>
    /// <exception cref="MeshException">A part of it could be read as two.</exception>
    public static void Write(SendBuffer buffer, HttpRequestMessage request, long? length)
    {
        var method = request.Method.Method;
        if (method.AsSpan().ContainsAnyExcept(Token)) throw Refusal("method");
        buffer.Write(method);
        buffer.Write(" "u8);
        var received = request is ReceivedRequest { Fields: not null } unsettled ? unsettled : null;
        var target = received?.Target ?? request.RequestUri!.PathAndQuery;
        if (target.AsSpan().ContainsAnyExcept(Target)) throw Refusal("request target");
        buffer.Write(target);
        buffer.Write(" HTTP/1.1\r\n"u8);
        if (received is not null)
        {
            WriteFields(buffer, received, received.Fields!, ref length);
        }
        else
        {
            if (!request.Headers.NonValidated.Contains(HeaderNames.Host)) WriteField(buffer, HeaderNames.Host, request.RequestUri!.Authority);
            WriteFields(buffer, request.Headers);
            if (request.Content is { } content) WriteFields(buffer, content.Headers);
        }
        WriteFraming(buffer, request.Method, length);
        buffer.Write("\r\n"u8);
    }

    private static void WriteFraming(SendBuffer buffer, HttpMethod method, long? length)
    {
        if (length is -1)
        {
            buffer.Write("Transfer-Encoding: chunked\r\n"u8);
        }
        else if (length is not null || MayHaveBody(method))
        {
            buffer.Write("Content-Length: "u8);
            buffer.WriteDecimal(length ?? 0);
            buffer.Write("\r\n"u8);
        }
    }

    // RFC 9110 section 8.6: where a body would mean something, its absence is said.
    private static bool MayHaveBody(HttpMethod method) =>
        method != HttpMethod.Get && method != HttpMethod.Head && method != HttpMethod.Options && method != HttpMethod.Trace && method != HttpMethod.Connect;

    private static void WriteFields(SendBuffer buffer, HttpHeaders headers)
    {
        foreach (var (name, values) in headers.NonValidated)
        {
            if (!IsFraming(name)) WriteField(buffer, name, values);
        }
    }

    private static void WriteFields(SendBuffer buffer, ReceivedRequest request, FieldList fields, ref long? length)
    {
        if (!fields.Contains(HeaderNames.Host)) WriteField(buffer, HeaderNames.Host, request.Authority);
        foreach (var (name, values) in fields.All)
        {
            // There is no body; whether that is said is the client's to choose.
            if (IsFraming(name)) length = 0;
            else if (values.Count is 1) WriteField(buffer, name, values.ToString());
            else WriteField(buffer, name, string.Join(IsCookie(name) ? "; " : ", ", (IEnumerable<string?>)values));
        }
    }

    private static void WriteField(SendBuffer buffer, string name, in HeaderStringValues values)
    {
        buffer.Write(name);
        buffer.Write(": "u8);
        var isFirst = true;
        foreach (var value in values)
        {
            if (!isFirst) buffer.Write(IsCookie(name) ? "; "u8 : ", "u8);
            WriteValue(buffer, name, value);
            isFirst = false;
        }
        buffer.Write("\r\n"u8);
    }

    private static void WriteField(SendBuffer buffer, string name, string value)
    {
        buffer.Write(name);
        buffer.Write(": "u8);
        WriteValue(buffer, name, value);
        buffer.Write("\r\n"u8);
    }

    private static void WriteValue(SendBuffer buffer, string name, string value)
    {
        if (value.AsSpan().ContainsAny(Splitting) || value.AsSpan().ContainsAnyExceptInRange('\0', '\xff')) throw Refusal($"header field {name}");
        buffer.Write(value);
    }

    // Whose values are joined in a way of their own: RFC 6265 section 5.4; all others': RFC 9110 section 5.3.
    private static bool IsCookie(string name) => name.Equals(HeaderNames.Cookie, StringComparison.OrdinalIgnoreCase);

    // The connection's own, written from what the body is.
    private static bool IsFraming(string name) => name.Length switch
    {
        14 => name.Equals(HeaderNames.ContentLength, StringComparison.OrdinalIgnoreCase),
        17 => name.Equals(HeaderNames.TransferEncoding, StringComparison.OrdinalIgnoreCase),
        _ => false,
    };

    private static MeshException Refusal(string where) =>
        new(MeshErrorCode.MalformedRequest, $"{where}: found characters that HTTP/1.1 can't carry there");
}
