using Mesh.Proxy.CircuitBreaking;
using Mesh.Proxy.LoadBalancing;

namespace Mesh.Proxy.Resilience;

/// <summary>One request that a destination's breaker let through: brings it the verdict, once, as soon as there is one.</summary>
/// <param name="breaker">Who let it through.</param>
/// <param name="ticket">With what.</param>
/// <param name="failures">What counts as a failure.</param>
internal sealed class DestinationCall(Breaker breaker, long ticket, FailureClassifier failures) : IAttemptObserver
{
    private bool _isOver;
    private TimeSpan? _duration;

    /// <summary>The answer's head has come, all attempts included; what is a failure already need not be waited for.</summary>
    public void Answered(TimeSpan duration, AttemptVerdict? verdict)
    {
        _duration = duration;
        if (verdict is { } known && failures.HasFailed(known) == true) End(failed: true, duration);
    }

    public void TimedOut(TimeSpan duration) => End(failed: true, duration);

    /// <summary>The request is over, and this is what became of the attempt that decided it.</summary>
    public void Report(in AttemptVerdict verdict) => End(failures.HasFailed(verdict), _duration ?? verdict.Duration);

    private void End(bool? failed, TimeSpan duration)
    {
        if (_isOver) return;
        _isOver = true;
        if (failed is null) breaker.Withdraw(ticket);
        else if (breaker.Record(ticket, failed.Value, duration, out _) == BreakerStep.Tripped) breaker.TryOpen(ticket);
    }
}
