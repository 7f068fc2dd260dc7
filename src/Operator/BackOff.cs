namespace Mesh.Operator;

/// <summary>
/// Waits between tries: each is random between half and the whole of a span that doubles with every failure, so that those who
/// failed together don't come back together.
/// </summary>
internal sealed class BackOff(TimeSpan first, TimeSpan longest, Random random)
{
    private int _failures;

    public TimeSpan Next()
    {
        // Beyond 2^20 the longest is reached for any sound pair of options.
        var span = Math.Min(first.TotalMilliseconds * (1 << Math.Min(_failures, 20)), longest.TotalMilliseconds);
        _failures++;
        return TimeSpan.FromMilliseconds(span * (0.5 + random.NextDouble() / 2));
    }

    public void Reset() => _failures = 0;
}
