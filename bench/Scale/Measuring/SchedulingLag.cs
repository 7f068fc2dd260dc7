using System.Diagnostics;

namespace Mesh.Scale.Measuring;

/// <summary>
/// How late the simulator itself is woken, by the clock: a wait of a few milliseconds again and again, on the threads that read what the
/// operator sends. Whatever it waits beyond what it asked for, the operator, on the same processors, waits as well, several times for
/// each change.
/// </summary>
internal sealed class SchedulingLag : IAsyncDisposable
{
    private static readonly TimeSpan Wait = TimeSpan.FromMilliseconds(5);

    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private readonly Task _running;
    private List<double> _milliseconds = [];

    public SchedulingLag(TimeProvider time)
    {
        _time = time;
        _running = Task.Run(WatchAsync);
    }

    /// <summary>What was seen since the last call, in milliseconds.</summary>
    public Quantiles Take()
    {
        lock (_gate)
        {
            var taken = Quantiles.Of(_milliseconds);
            _milliseconds = [];
            return taken;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task WatchAsync()
    {
        while (true)
        {
            var since = Stopwatch.GetTimestamp();
            await Task.Delay(Wait, _time, _stop.Token);
            var late = Stopwatch.GetElapsedTime(since) - Wait;
            lock (_gate) _milliseconds.Add(Math.Max(0, late.TotalMilliseconds));
        }
    }
}
