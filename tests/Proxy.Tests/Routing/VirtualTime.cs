using Microsoft.Extensions.Time.Testing;

namespace Mesh.Proxy.Tests.Routing;

/// <summary>
/// Virtual time that goes from one timer to the next, and stands still while the program still works on what the last one set
/// off: the outcome is the same however busy the machine is.
/// </summary>
internal sealed class VirtualTime : FakeTimeProvider
{
    private readonly Lock _lock = new();
    private readonly Dictionary<VirtualTimer, DateTimeOffset> _due = [];
    private TaskCompletionSource _started = NewSignal();

    /// <summary>
    /// Starts work whose continuations run where its timers fire. The test's own synchronization context would post them to
    /// another thread, and time would go on while that one still works.
    /// </summary>
    public static T Begin<T>(Func<T> work)
    {
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            return work();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    /// <summary>Lets time run until the task ends. Each timer that fires leads to another timer or to the end.</summary>
    public Task<T> RunAsync<T>(Task<T> task) => Task.Run(() => RunOnAsync(task));

    private async Task<T> RunOnAsync<T>(Task<T> task)
    {
        while (!task.IsCompleted)
        {
            var (next, started) = Next();
            if (next is { } due) SetUtcNow(due);
            await Task.WhenAny(task, started).WaitAsync(TestContext.Current.CancellationToken);
        }
        return await task;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new VirtualTimer(this, callback, state);
        timer.Start(base.CreateTimer(timer.Fire, null, dueTime, period), dueTime);
        return timer;
    }

    // The signal is taken before the timer fires, so that none that it sets off is missed.
    private (DateTimeOffset? Due, Task Started) Next()
    {
        lock (_lock)
        {
            if (_due.Count == 0) return (null, _started.Task);
            _started = NewSignal();
            return (_due.Values.Min(), _started.Task);
        }
    }

    private void Schedule(VirtualTimer timer, TimeSpan dueTime)
    {
        lock (_lock)
        {
            if (dueTime == Timeout.InfiniteTimeSpan)
            {
                _due.Remove(timer);
                return;
            }
            _due[timer] = GetUtcNow() + dueTime;
            _started.TrySetResult();
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed class VirtualTimer(VirtualTime time, TimerCallback callback, object? state) : ITimer
    {
        private ITimer _timer = null!;

        public void Start(ITimer timer, TimeSpan dueTime)
        {
            _timer = timer;
            time.Schedule(this, dueTime);
        }

        public void Fire(object? _)
        {
            time.Schedule(this, Timeout.InfiniteTimeSpan);
            callback(state);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            time.Schedule(this, dueTime);
            return _timer.Change(dueTime, period);
        }

        public void Dispose()
        {
            time.Schedule(this, Timeout.InfiniteTimeSpan);
            _timer.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
