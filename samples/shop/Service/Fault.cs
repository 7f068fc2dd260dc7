namespace Shop.Service;

/// <summary>What a service is told to do wrong.</summary>
/// <param name="LatencyMs">How much later it answers, in milliseconds.</param>
/// <param name="FailShare">The share of requests, 0 to 1, that it refuses with a 500 before it has done anything.</param>
/// <param name="Die">Whether it ends at once, without a goodbye to its clients.</param>
public sealed record Fault(int LatencyMs = 0, double FailShare = 0, bool Die = false);
