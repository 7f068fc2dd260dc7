namespace Mesh.Api.Resources.Validation;

/// <summary>The rules of every field that a policy and MeshConfig's defaults share.</summary>
internal static class SettingsRules
{
    public static IEnumerable<FieldError> Check(string path, TrafficSettings settings) =>
    [
        .. settings.Timeouts is { } timeouts ? TimeoutRules.Check($"{path}.timeouts", timeouts) : [],
        .. settings.Retries is { } retries ? RetryRules.Check($"{path}.retries", retries) : [],
        .. settings.Hedging is { } hedging ? HedgingRules.Check($"{path}.hedging", hedging) : [],
        .. settings.CircuitBreaker is { } breaker ? CircuitBreakerRules.Check($"{path}.circuitBreaker", breaker) : [],
        .. settings.Concurrency is { } concurrency ? ConcurrencyRules.Check($"{path}.concurrency", concurrency) : [],
        .. settings.RateLimit is { } rateLimit ? RateLimitRules.Check($"{path}.rateLimit", rateLimit) : [],
        .. settings.LoadBalancer is { } loadBalancer ? LoadBalancerRules.Check($"{path}.loadBalancer", loadBalancer) : [],
        .. FieldRules.Each($"{path}.faults", settings.Faults, FaultRules.Check),
    ];
}
