namespace Mesh.Proxy.Forwarding;

/// <summary>Lets so many lines a second into the log and counts the rest: under an overload, telling of each request that was refused would cost more than refusing it.</summary>
internal sealed class LogAllowance(int linesPerSecond, TimeProvider time)
{
    private long _second;
    private int _lines;

    /// <param name="missed">Lines that the second before this one had no room for; told once.</param>
    public bool TryTake(out int missed)
    {
        missed = 0;
        var second = time.GetTimestamp() / time.TimestampFrequency;
        var seen = Volatile.Read(ref _second);
        if (seen != second && Interlocked.CompareExchange(ref _second, second, seen) == seen)
            missed = Math.Max(Interlocked.Exchange(ref _lines, 0) - linesPerSecond, 0);
        return Interlocked.Increment(ref _lines) <= linesPerSecond;
    }
}
