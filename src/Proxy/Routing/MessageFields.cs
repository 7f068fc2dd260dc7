using System.Net.Http.Headers;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Mesh.Proxy.Routing;

/// <summary>
/// The header fields of messages inside the stack, wherever those keep them: in a <see cref="FieldList"/>, or as .NET's client has
/// them, among those of the message and those of its content.
/// </summary>
internal static class MessageFields
{
    public static bool TryGet(HttpRequestMessage request, string name, out StringValues values)
    {
        if (request is ReceivedRequest { Fields: { } fields }) return fields.TryGet(name, out values);
        return TryGet(request.Headers, name, out values) || request.Content is { } content && TryGet(content.Headers, name, out values);
    }

    public static bool TryGet(HttpResponseMessage answer, string name, out StringValues values) => answer is ReceivedAnswer received
        ? received.Fields.TryGet(name, out values)
        : TryGet(answer.Headers, name, out values);

    public static bool TryGet(HttpHeaders headers, string name, out StringValues values)
    {
        if (!headers.NonValidated.TryGetValues(name, out var found))
        {
            values = default;
            return false;
        }
        values = found.Count > 1 ? new([.. found]) : new(found.ToString());
        return true;
    }

    /// <summary>Gives a field that isn't its body's this value alone.</summary>
    public static void Set(HttpRequestMessage request, string name, string value)
    {
        if (request is ReceivedRequest { Fields: { } fields }) fields.Set(name, value);
        else Set(request.Headers, name, value);
    }

    /// <inheritdoc cref="Set(HttpRequestMessage, string, string)"/>
    public static void Set(HttpResponseMessage answer, string name, string value)
    {
        if (answer is ReceivedAnswer received) received.Fields.Set(name, value);
        else Set(answer.Headers, name, value);
    }

    /// <summary>Adds a value to a field that isn't its body's.</summary>
    public static void Add(HttpResponseMessage answer, string name, string value)
    {
        if (answer is ReceivedAnswer received) received.Fields.Add(name, value);
        else answer.Headers.TryAddWithoutValidation(name, value);
    }

    public static void Remove(HttpRequestMessage request, string name)
    {
        if (request is ReceivedRequest { Fields: { } fields }) fields.Remove(name);
        else request.Headers.Remove(name);
    }

    /// <summary>Several values as one line would have them: RFC 9110 section 5.3.</summary>
    public static string Line(in StringValues values) => values.Count > 1 ? string.Join(", ", (IEnumerable<string?>)values) : values.ToString();

    /// <summary>The head says that no body follows.</summary>
    public static bool HasEmptyBody(HttpResponseMessage answer) => answer is ReceivedAnswer received
        ? received.Fields.TryGet(HeaderNames.ContentLength, out var length) && length == "0"
        : answer.Content.Headers.ContentLength is 0;

    private static void Set(HttpHeaders headers, string name, string value)
    {
        headers.Remove(name);
        headers.TryAddWithoutValidation(name, value);
    }
}
