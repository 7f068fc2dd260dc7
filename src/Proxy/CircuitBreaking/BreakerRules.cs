using Google.Protobuf.WellKnownTypes;

namespace Mesh.Proxy.CircuitBreaking;

/// <summary>When a breaker opens, and for how long. Two are equal where they say the same, so that a breaker outlives a change of policy that isn't about it.</summary>
/// <param name="ConsecutiveFailures">Failures in a row; 0: not a trigger.</param>
/// <param name="FailurePercent">Share of the calls in the window that failed; 0: not a trigger.</param>
/// <param name="SlowCallPercent">Share of the calls in the window that took longer than <paramref name="SlowCallDuration"/>; 0: not a trigger.</param>
/// <param name="SlowCallDuration">To the response's head, or to the failure.</param>
/// <param name="MinRequests">Calls in the window below which the shares say nothing; at least 1.</param>
/// <param name="Window">What the shares are of.</param>
/// <param name="OpenFor">How long it is open the first time; doubled with each repeat.</param>
/// <param name="OpenForMax">The longest it is open; at least <paramref name="OpenFor"/>.</param>
internal sealed record BreakerRules(
    int ConsecutiveFailures, int FailurePercent, int SlowCallPercent, TimeSpan SlowCallDuration, int MinRequests, TimeSpan Window, TimeSpan OpenFor, TimeSpan OpenForMax)
{
    // What an operator that leaves one out means; ours always says them.
    private static readonly TimeSpan DefaultWindow = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan DefaultOpenFor = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan DefaultSlowCall = TimeSpan.FromSeconds(1);

    /// <returns>Null where no trigger is set: there is no breaker.</returns>
    public static BreakerRules? Of(Api.Discovery.Breaker? breaker)
    {
        if (breaker is null or { ConsecutiveFailures: 0, FailurePercent: 0, SlowCallPercent: 0 }) return null;
        var openFor = Positive(breaker.OpenFor, DefaultOpenFor);
        var openForMax = Positive(breaker.OpenForMax, openFor);
        return new(
            Count(breaker.ConsecutiveFailures), Count(breaker.FailurePercent), Count(breaker.SlowCallPercent), Positive(breaker.SlowCallDuration, DefaultSlowCall),
            Math.Max(1, Count(breaker.MinRequests)), Positive(breaker.Window, DefaultWindow), openFor, openForMax > openFor ? openForMax : openFor);
    }

    private static int Count(uint value) => (int)Math.Min(value, int.MaxValue);

    private static TimeSpan Positive(Duration? duration, TimeSpan otherwise) =>
        duration?.ToTimeSpan() is { } value && value > TimeSpan.Zero ? value : otherwise;
}
