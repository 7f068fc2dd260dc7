using System.Globalization;

namespace Mesh.Proxy.Resilience;

/// <summary>
/// How long an answer asks not to be asked again: <c>Retry-After</c> (RFC 9110 section 10.2.3), for gRPC
/// <c>grpc-retry-pushback-ms</c>, of which a negative number means never (grpc/proposal A6).
/// </summary>
internal static class RetryAfter
{
    private const string GrpcPushback = "grpc-retry-pushback-ms";

    /// <returns>Zero where nothing is asked; <see cref="TimeSpan.MaxValue"/> for never.</returns>
    public static TimeSpan Of(HttpResponseMessage answer, DateTimeOffset now)
    {
        if (answer.Headers.NonValidated.TryGetValues(GrpcPushback, out var pushback) || answer.TrailingHeaders.NonValidated.TryGetValues(GrpcPushback, out pushback))
        {
            return uint.TryParse(pushback.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
                ? TimeSpan.FromMilliseconds(milliseconds)
                : TimeSpan.MaxValue;
        }
        var after = answer.Headers.RetryAfter;
        return after?.Delta ?? (after?.Date is { } date && date > now ? date - now : TimeSpan.Zero);
    }
}
