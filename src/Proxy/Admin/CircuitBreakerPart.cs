using Google.Protobuf.WellKnownTypes;
using Mesh.Api.Discovery;

namespace Mesh.Proxy.Admin;

/// <summary>Circuit breakers as <c>/config</c> shows them: what counts as a failure, and each breaker that has a trigger.</summary>
internal sealed record CircuitBreakerPart(CircuitBreakerPart.FailuresPart Failures, CircuitBreakerPart.BreakerPart? Endpoint, CircuitBreakerPart.BreakerPart? Destination)
{
    /// <returns>Null where there is no breaker.</returns>
    public static CircuitBreakerPart? Of(CircuitBreaker? circuitBreaker)
    {
        if (circuitBreaker is null) return null;
        var endpoint = BreakerPart.Of(circuitBreaker.Endpoint) is { } part
            ? part with { MaxEjectedPercent = circuitBreaker.MaxEjectedPercent, PanicPercent = circuitBreaker.PanicPercent }
            : null;
        var destination = BreakerPart.Of(circuitBreaker.Destination);
        return endpoint is null && destination is null ? null : new(FailuresPart.Of(circuitBreaker), endpoint, destination);
    }

    internal sealed record FailuresPart(IReadOnlyList<string> StatusCodes, IReadOnlyList<string> GrpcCodes)
    {
        public static FailuresPart Of(CircuitBreaker circuitBreaker) => new(
            [.. circuitBreaker.FailureStatuses.Select(range => range.From == range.To ? $"{range.From}" : $"{range.From}-{range.To}")],
            [.. circuitBreaker.FailureGrpcCodes.Select(code => ((Grpc.Core.StatusCode)code).ToString())]);
    }

    internal sealed record BreakerPart(
        uint ConsecutiveFailures, uint FailurePercent, uint SlowCallPercent, string SlowCallDuration, uint MinRequests, string Window, string OpenFor, string OpenForMax)
    {
        public uint? MaxEjectedPercent { get; init; }

        public uint? PanicPercent { get; init; }

        public static BreakerPart? Of(Breaker? breaker) => breaker is null or { ConsecutiveFailures: 0, FailurePercent: 0, SlowCallPercent: 0 }
            ? null
            : new(
                breaker.ConsecutiveFailures, breaker.FailurePercent, breaker.SlowCallPercent, Text(breaker.SlowCallDuration), breaker.MinRequests,
                Text(breaker.Window), Text(breaker.OpenFor), Text(breaker.OpenForMax));

        private static string Text(Duration? duration) => ConfigPage.Text(duration);
    }
}
