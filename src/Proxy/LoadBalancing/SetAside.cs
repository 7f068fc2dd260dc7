namespace Mesh.Proxy.LoadBalancing;

/// <summary>
/// Passes an endpoint over for a while after it refused a connection: one second, doubled each time it refuses again, thirty at
/// most, and forgotten on the first answer.
/// </summary>
internal sealed class SetAside(TimeProvider time)
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    private long _until = long.MinValue;
    private int _repeats;

    public bool IsActive => IsActiveAt(time.GetTimestamp());

    /// <summary>A timestamp of the time provider's.</summary>
    public long Until => Volatile.Read(ref _until);

    public bool IsActiveAt(long timestamp) => timestamp < Until;

    /// <summary>Counts a refusal; those that come while it is set aside are of the same outage and change nothing.</summary>
    public void Refused()
    {
        var until = Until;
        var now = time.GetTimestamp();
        if (now < until) return;

        var repeats = Volatile.Read(ref _repeats);
        var duration = repeats > 4 ? Longest : TimeSpan.FromTicks(Math.Min(Shortest.Ticks << repeats, Longest.Ticks));
        var next = now + (long)(duration.TotalSeconds * time.TimestampFrequency);
        if (Interlocked.CompareExchange(ref _until, next, until) == until) Volatile.Write(ref _repeats, repeats + 1);
    }

    public void Answered()
    {
        if (Volatile.Read(ref _repeats) == 0) return;
        Volatile.Write(ref _repeats, 0);
        Volatile.Write(ref _until, long.MinValue);
    }
}
