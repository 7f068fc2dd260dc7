using System.Net.Http.Headers;

namespace Mesh.Proxy.Forwarding;

/// <summary>
/// The field <c>mesh-retry: exhausted</c>, in the head or the trailers of an answer: a hop below has used up its retries, or knows
/// that others would meet the same. Whoever retries it all the same multiplies the load on what has failed.
/// </summary>
internal static class RetryMark
{
    public const string Field = HeaderHygiene.MeshPrefix + "retry";
    public const string Exhausted = "exhausted";

    public static bool IsOn(HttpHeaders headers) =>
        headers.NonValidated.TryGetValues(Field, out var values) && values.ToString().Equals(Exhausted, StringComparison.OrdinalIgnoreCase);

    public static void PutOn(HttpHeaders headers)
    {
        headers.Remove(Field);
        headers.TryAddWithoutValidation(Field, Exhausted);
    }
}
