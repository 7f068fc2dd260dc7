using System.Net.Http.Headers;
using Mesh.Proxy.Routing;
using Microsoft.Extensions.Primitives;

namespace Mesh.Proxy.Forwarding;

/// <summary>
/// The field <c>mesh-retry: exhausted</c>, in the head or the trailers of an answer: a hop below has used up its retries, or knows
/// that others would meet the same. Whoever retries it all the same multiplies the load on what has failed.
/// </summary>
internal static class RetryMark
{
    public const string Field = HeaderHygiene.MeshPrefix + "retry";
    public const string Exhausted = "exhausted";

    public static bool IsOn(HttpResponseMessage answer) => MessageFields.TryGet(answer, Field, out var values) && IsExhausted(values);

    public static bool IsOn(HttpHeaders trailers) => MessageFields.TryGet(trailers, Field, out var values) && IsExhausted(values);

    public static void PutOn(HttpResponseMessage answer) => MessageFields.Set(answer, Field, Exhausted);

    private static bool IsExhausted(in StringValues values) => values is [{ } only] && only.Equals(Exhausted, StringComparison.OrdinalIgnoreCase);
}
