namespace Mesh.Proxy.CircuitBreaking;

/// <summary>
/// A circuit breaker: closed it counts what becomes of calls; when too many fail, or are too slow, it opens; after a while it is
/// half-open and lets a single call through, whose verdict closes it or opens it for twice as long.
/// Source: Michael Nygard, "Release It!", chapter "Stability Patterns"; the shares over a window with a minimum of calls, and slow
/// calls, are Resilience4j's; consecutive failures and open times that grow with each repeat are Envoy's outlier detection.
/// </summary>
/// <remarks>
/// Each call that is let through is given a ticket and brings its verdict back with it. A verdict counts only if the breaker has
/// not changed since: what a call that began before the breaker opened comes to says nothing about the time after it.
/// <para>The ticket is the breaker's word at that time: its state in the two low bits, and above them how often it has changed. A
/// closed breaker takes a lock for no call, but to open; it allocates nothing.</para>
/// <para>A breaker does not open by itself: its owner may have reasons against it (see <see cref="BreakerStep.Tripped"/>).</para>
/// </remarks>
internal sealed class Breaker(BreakerRules rules, TimeProvider time)
{
    /// <summary>The ticket of a call that no breaker let through; its verdict counts nowhere.</summary>
    public const long NoTicket = -1;

    private const long Closed = 0, Open = 1, Probing = 2, StateMask = 3, OneChange = 4;

    // Calls that nobody waits for any longer may be those of a hung server: not every one that comes is to find out.
    private static readonly TimeSpan PauseAfterWithdrawal = TimeSpan.FromSeconds(1);

    private readonly Lock _changing = new();
    private readonly CallWindow? _window =
        rules is { FailurePercent: 0, SlowCallPercent: 0 } ? null : new(rules.Window, time.TimestampFrequency);

    private long _word = Closed;
    private int _failuresInARow;
    private long _until;
    private long _closedAt;
    private long _openTicks;

    public BreakerRules Rules => rules;

    public BreakerState State => (Volatile.Read(ref _word) & StateMask) switch
    {
        Closed => BreakerState.Closed,
        Open when time.GetTimestamp() < Until => BreakerState.Open,
        _ => BreakerState.HalfOpen,
    };

    public bool IsClosed => (Volatile.Read(ref _word) & StateMask) == Closed;

    /// <summary>
    /// While open, the timestamp from which a probe is let through; while that is under way, the one from which it counts as lost,
    /// so that a call that never ends doesn't keep the breaker half-open for ever.
    /// </summary>
    public long Until => Volatile.Read(ref _until);

    /// <summary>Says whether <see cref="TryEnter"/> would let a probe through at a timestamp.</summary>
    public bool AwaitsProbe(long now) => !IsClosed && now >= Until;

    /// <summary>Asks to be let through. Each success is followed by <see cref="Record"/> or <see cref="Withdraw"/>.</summary>
    /// <param name="ticket">To be given back with the verdict.</param>
    public bool TryEnter(out long ticket)
    {
        ticket = Volatile.Read(ref _word);
        return (ticket & StateMask) == Closed || TryProbe(out ticket);
    }

    /// <summary>Says whether a ticket is a probe's.</summary>
    public static bool IsProbe(long ticket) => ticket >= 0 && (ticket & StateMask) == Probing;

    /// <summary>Takes in the verdict on a call.</summary>
    /// <param name="ticket">What the call was let through with.</param>
    /// <param name="failed">Whether it failed.</param>
    /// <param name="duration">To the response's head, or to the failure.</param>
    /// <param name="trigger">Where the step is <see cref="BreakerStep.Tripped"/> or <see cref="BreakerStep.Reopened"/>, why.</param>
    public BreakerStep Record(long ticket, bool failed, TimeSpan duration, out BreakerTrigger trigger)
    {
        trigger = default;
        if (Volatile.Read(ref _word) != ticket) return BreakerStep.None;
        var slow = rules.SlowCallPercent > 0 && duration > rules.SlowCallDuration;
        if (IsProbe(ticket)) return EndProbe(ticket, failed || slow, out trigger);

        var now = _window is null ? 0 : time.GetTimestamp();
        _window?.Count(now, failed, slow);
        if (!failed && Volatile.Read(ref _failuresInARow) != 0) Volatile.Write(ref _failuresInARow, 0);
        if (!failed && !slow) return BreakerStep.None;
        return IsTripped(now, failed, out trigger) ? BreakerStep.Tripped : BreakerStep.None;
    }

    /// <summary>
    /// A call that was let through ended without a verdict: its client went away, or it was never sent. If it was the probe, another
    /// is let through in a second.
    /// </summary>
    public void Withdraw(long ticket)
    {
        if (!IsProbe(ticket)) return;
        lock (_changing)
        {
            if (_word != ticket) return;
            Volatile.Write(ref _until, time.GetTimestamp() + Math.Min(_openTicks, TicksOf(PauseAfterWithdrawal)));
            Change(Open);
        }
    }

    /// <summary>Opens a closed breaker.</summary>
    /// <param name="ticket">Of the call that tripped it.</param>
    /// <returns>False where it has changed since the call was let through.</returns>
    public bool TryOpen(long ticket)
    {
        lock (_changing)
        {
            if (_word != ticket || (ticket & StateMask) != Closed) return false;
            var now = time.GetTimestamp();
            OpenAgain(now, forgotten: now - _closedAt >= _openTicks);
            return true;
        }
    }

    /// <summary>Closes it whatever its state.</summary>
    public void Close()
    {
        lock (_changing)
        {
            if (!IsClosed) CloseNow();
        }
    }

    private bool IsTripped(long now, bool failed, out BreakerTrigger trigger)
    {
        trigger = BreakerTrigger.ConsecutiveFailures;
        if (failed && rules.ConsecutiveFailures > 0 && Interlocked.Increment(ref _failuresInARow) >= rules.ConsecutiveFailures) return true;
        if (_window is null) return false;

        var (calls, failures, slowCalls) = _window.Sum(now);
        if (calls < rules.MinRequests) return false;
        trigger = BreakerTrigger.FailurePercent;
        if (rules.FailurePercent > 0 && failures * 100 >= calls * rules.FailurePercent) return true;
        trigger = BreakerTrigger.SlowCallPercent;
        return rules.SlowCallPercent > 0 && slowCalls * 100 >= calls * rules.SlowCallPercent;
    }

    private bool TryProbe(out long ticket)
    {
        ticket = NoTicket;
        if (time.GetTimestamp() < Until) return false;
        lock (_changing)
        {
            var now = time.GetTimestamp();
            if (!IsClosed)
            {
                if (now < _until) return false;
                Volatile.Write(ref _until, now + _openTicks);
                Change(Probing);
            }
            ticket = _word;
            return true;
        }
    }

    private BreakerStep EndProbe(long ticket, bool failed, out BreakerTrigger trigger)
    {
        trigger = BreakerTrigger.Probe;
        lock (_changing)
        {
            if (_word != ticket) return BreakerStep.None;
            if (failed) OpenAgain(time.GetTimestamp(), forgotten: false);
            else CloseNow();
            return failed ? BreakerStep.Reopened : BreakerStep.Closed;
        }
    }

    private void OpenAgain(long now, bool forgotten)
    {
        var first = TicksOf(rules.OpenFor);
        _openTicks = forgotten || _openTicks == 0 ? first : Math.Min(_openTicks * 2, TicksOf(rules.OpenForMax));
        Volatile.Write(ref _until, now + _openTicks);
        Change(Open);
    }

    private void CloseNow()
    {
        _closedAt = time.GetTimestamp();
        _window?.Clear();
        Volatile.Write(ref _failuresInARow, 0);
        Change(Closed);
    }

    // Whoever sees the word sees what was written before it.
    private void Change(long state) => Volatile.Write(ref _word, (_word & ~StateMask) + OneChange + state);

    private long TicksOf(TimeSpan duration) => (long)(duration.TotalSeconds * time.TimestampFrequency);
}
