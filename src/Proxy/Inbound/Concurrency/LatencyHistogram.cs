using System.Numerics;

namespace Mesh.Proxy.Inbound.Concurrency;

/// <summary>
/// Counts latencies by size: each octave of microseconds is split into sixteen, so that a percentile is right to 3 %. Recording is
/// one interlocked add.
/// </summary>
internal sealed class LatencyHistogram
{
    private const int SplitBits = 4;
    private const int Split = 1 << SplitBits;
    private const int Slots = 40 * Split;

    private readonly int[] _counts = new int[Slots];

    public void Record(TimeSpan latency) =>
        Interlocked.Increment(ref _counts[SlotOf((ulong)Math.Max(latency.Ticks / TimeSpan.TicksPerMicrosecond, 0))]);

    /// <summary>The latency that half of all were within.</summary>
    /// <param name="total">How many there are, those that took longer than any recorded included.</param>
    /// <returns>Null where fewer than half were recorded.</returns>
    public TimeSpan? Median(int total)
    {
        var seen = 0;
        for (var slot = 0; slot < Slots; slot++)
        {
            seen += Volatile.Read(ref _counts[slot]);
            if (seen > 0 && seen * 2 >= total) return TimeSpan.FromMicroseconds(MiddleOf(slot));
        }
        return null;
    }

    private static int SlotOf(ulong microseconds)
    {
        if (microseconds < Split) return (int)microseconds;
        var octave = BitOperations.Log2(microseconds) - SplitBits;
        return Math.Min((octave << SplitBits) + (int)(microseconds >> octave), Slots - 1);
    }

    private static double MiddleOf(int slot)
    {
        if (slot < Split) return slot + 0.5;
        var octave = (slot >> SplitBits) - 1;
        return ((slot & (Split - 1)) + Split + 0.5) * (1L << octave);
    }
}
