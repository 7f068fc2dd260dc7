using System.Globalization;
using System.Net.Http.Headers;
using Mesh.Proxy.Routing;
using HeaderNames = Microsoft.Net.Http.Headers.HeaderNames;

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
        if (MessageFields.TryGet(answer, GrpcPushback, out var pushback) || MessageFields.TryGet(answer.TrailingHeaders, GrpcPushback, out pushback))
        {
            return uint.TryParse(MessageFields.Line(pushback), NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
                ? TimeSpan.FromMilliseconds(milliseconds)
                : TimeSpan.MaxValue;
        }
        var after = Field(answer);
        return after?.Delta ?? (after?.Date is { } date && date > now ? date - now : TimeSpan.Zero);
    }

    private static RetryConditionHeaderValue? Field(HttpResponseMessage answer) =>
        MessageFields.TryGet(answer, HeaderNames.RetryAfter, out var text) && RetryConditionHeaderValue.TryParse(MessageFields.Line(text), out var value) ? value : null;
}
