using BenchmarkDotNet.Attributes;
using Mesh.Proxy.CircuitBreaking;

namespace Mesh.Micro.Benchmarks;

/// <summary>What a call through a circuit breaker takes, beside the call.</summary>
public class Breakers
{
    private static readonly BreakerRules InARow = new(
        ConsecutiveFailures: 5, FailurePercent: 0, SlowCallPercent: 0, SlowCallDuration: TimeSpan.FromSeconds(1), MinRequests: 20,
        Window: TimeSpan.FromSeconds(10), OpenFor: TimeSpan.FromHours(1), OpenForMax: TimeSpan.FromHours(1));

    private readonly Breaker _inARow = new(InARow, TimeProvider.System);
    private readonly Breaker _windowed = new(InARow with { FailurePercent = 50, SlowCallPercent = 50 }, TimeProvider.System);

    [Benchmark(Description = "breaker, failures in a row")]
    public bool Consecutive() => Call(_inARow);

    [Benchmark(Description = "breaker, shares of a window")]
    public bool Windowed() => Call(_windowed);

    private static bool Call(Breaker breaker)
    {
        breaker.TryEnter(out var ticket);
        return breaker.Record(ticket, failed: false, TimeSpan.FromMilliseconds(1), out _) is BreakerStep.None;
    }
}
