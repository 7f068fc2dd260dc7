namespace Mesh.Rig.Traffic;

/// <summary>
/// Requests that come at a rate, whatever became of those before them. Each is told when it was due, so that a stall is not hidden
/// by requests that were sent late because of it.
/// </summary>
internal sealed class OpenLoop(double perSecond, Func<long, Task> send, TimeProvider time)
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(5);

    private double _perSecond = perSecond;

    /// <summary>More than 0; a change holds from the next request on.</summary>
    public double PerSecond
    {
        get => Volatile.Read(ref _perSecond);
        set => Volatile.Write(ref _perSecond, value);
    }

    /// <summary>Sends until it is stopped, then waits for what is under way.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        double due = time.GetTimestamp();
        var underWay = new HashSet<Task>();
        using var timer = new PeriodicTimer(Tick, time);
        while (!stop.IsCancellationRequested)
        {
            for (; due <= time.GetTimestamp(); due += time.TimestampFrequency / PerSecond)
            {
                underWay.Add(send((long)due));
            }
            underWay.RemoveWhere(request => request.IsCompleted);
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }
        await Task.WhenAll(underWay);
    }
}
