namespace Mesh.Proxy.Resilience;

/// <summary>
/// Bounds retries to a share of a destination's requests over the last ten seconds plus so many each second, so that retries can't
/// multiply an outage. Its counts outlive a change of policy; its bounds are the policy's.
/// </summary>
/// <remarks>
/// A ring of one slot a second. Counting takes one interlocked add; where two requests open a second's slot at once, a few
/// counts may be lost, which makes the budget stricter by as many.
/// </remarks>
internal sealed class RetryBudget(TimeProvider time)
{
    private const int WindowSeconds = 10;

    private readonly Slot[] _slots = CreateSlots();

    /// <summary>Counts a request: the first try, not its retries.</summary>
    public void CountRequest() => Interlocked.Increment(ref SlotOf(CurrentSecond()).Requests);

    /// <summary>Takes a retry out of the budget.</summary>
    /// <param name="percent">Retries allowed as a share of requests, 0 to 100.</param>
    /// <param name="minPerSecond">Retries allowed each second whatever the share.</param>
    public bool TryWithdraw(uint percent, uint minPerSecond)
    {
        var second = CurrentSecond();
        var slot = SlotOf(second);
        // First, since it can't be saved up: an outage's first second would find ten seconds' worth of it.
        if (Interlocked.Increment(ref slot.Floor) <= minPerSecond) return true;
        Interlocked.Decrement(ref slot.Floor);

        Interlocked.Increment(ref slot.Retries);
        long requests = 0, retries = 0;
        foreach (var each in _slots)
        {
            if (second - Volatile.Read(ref each.Second) >= WindowSeconds) continue;
            requests += Volatile.Read(ref each.Requests);
            retries += Volatile.Read(ref each.Retries);
        }
        if (retries * 100 <= requests * percent) return true;
        Interlocked.Decrement(ref slot.Retries);
        return false;
    }

    private static Slot[] CreateSlots()
    {
        var slots = new Slot[WindowSeconds];
        for (var i = 0; i < slots.Length; i++) slots[i] = new() { Second = -WindowSeconds };
        return slots;
    }

    private long CurrentSecond() => time.GetTimestamp() / time.TimestampFrequency;

    private Slot SlotOf(long second)
    {
        var slot = _slots[second % WindowSeconds];
        var seen = Volatile.Read(ref slot.Second);
        if (seen != second && Interlocked.CompareExchange(ref slot.Second, second, seen) == seen)
        {
            Volatile.Write(ref slot.Requests, 0);
            Volatile.Write(ref slot.Retries, 0);
            Volatile.Write(ref slot.Floor, 0);
        }
        return slot;
    }

    private sealed class Slot
    {
        public long Second;
        public int Requests;
        public int Retries; // of the share
        public int Floor;   // beside the share
    }
}
