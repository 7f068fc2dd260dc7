using System.Diagnostics;
using Mesh.Rig;
using Mesh.Rig.Traffic;

namespace Mesh.Chaos;

/// <summary>
/// A service's users, and what they saw since the counting began. Each request has a trace of its own, which HttpClient tells the
/// service of, as it does in every ASP.NET Core application.
/// </summary>
internal sealed class Crowd(User user, Func<Uri> next, int tries, TimeProvider time)
{
    private const int WarmAfter = 100;
    private static readonly TimeSpan LongestWarmUp = TimeSpan.FromSeconds(15);

    private readonly Lock _gate = new();
    private readonly TallyCount _count = new();
    private readonly TaskCompletionSource _warm = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _from = long.MaxValue;
    private int _inARow;

    public Tally Seen
    {
        get
        {
            lock (_gate) return _count.ToTally();
        }
    }

    /// <summary>One of them asks.</summary>
    public async Task AskAsync(long due)
    {
        using var trace = new Activity("user").Start();
        var succeeded = await user.SucceedsAsync(next, tries);
        lock (_gate)
        {
            if (due >= _from) _count.Add(succeeded, time.GetElapsedTime(due));
            _inARow = succeeded ? _inARow + 1 : 0;
            if (_inARow >= WarmAfter) _warm.TrySetResult();
        }
    }

    /// <summary>Completes once a hundred requests in a row were answered well.</summary>
    /// <exception cref="RigFailedException">That doesn't happen.</exception>
    public async Task WarmAsync(CancellationToken stop)
    {
        try
        {
            await _warm.Task.WaitAsync(LongestWarmUp, time, stop);
        }
        catch (TimeoutException)
        {
            throw new RigFailedException($"before anything was broken, there were no {WarmAfter} good answers in a row within {LongestWarmUp.TotalSeconds:0} s");
        }
    }

    /// <summary>Counts the requests that are due from now on.</summary>
    public void Begin() => Volatile.Write(ref _from, time.GetTimestamp());
}
