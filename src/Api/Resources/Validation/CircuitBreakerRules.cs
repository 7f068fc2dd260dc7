namespace Mesh.Api.Resources.Validation;

/// <summary>Durations that a timer takes, a first pause within the longest, nothing named twice.</summary>
internal static class CircuitBreakerRules
{
    public static IEnumerable<FieldError> Check(string path, CircuitBreakerSettings breaker) =>
    [
        .. FieldRules.Unique($"{path}.failures.statusCodes", breaker.Failures?.StatusCodes),
        .. FieldRules.Unique($"{path}.failures.grpcCodes", breaker.Failures?.GrpcCodes),
        .. breaker.Endpoint is { } endpoint ? Breaker($"{path}.endpoint", endpoint) : [],
        .. breaker.Destination is { } destination ? Breaker($"{path}.destination", destination) : [],
    ];

    private static IEnumerable<FieldError> Breaker(string path, BreakerSettings breaker) =>
    [
        .. FieldRules.Range($"{path}.slowCallDuration", breaker.SlowCallDuration),
        .. FieldRules.Range($"{path}.window", breaker.Window),
        .. FieldRules.Range($"{path}.openFor", breaker.OpenFor),
        .. FieldRules.Range($"{path}.openForMax", breaker.OpenForMax),
        .. FieldRules.AtMost($"{path}.openFor", breaker.OpenFor, $"{path}.openForMax", breaker.OpenForMax),
    ];
}
