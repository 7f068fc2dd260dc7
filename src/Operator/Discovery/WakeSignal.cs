using System.Threading.Tasks.Sources;

namespace Mesh.Operator.Discovery;

/// <summary>Wakes one who waits. What comes while nobody waits counts once, for the next who does. A wait makes no garbage.</summary>
internal sealed class WakeSignal : IValueTaskSource
{
    private const int Idle = 0;
    private const int Waiting = 1;
    private const int Woken = 2;

    private ManualResetValueTaskSourceCore<bool> _wait = new() { RunContinuationsAsynchronously = true };
    private int _state;

    /// <summary>Waits for the next call of <see cref="Wake"/>, or takes one that has come. One waiter at a time.</summary>
    public ValueTask WaitAsync()
    {
        _wait.Reset();
        if (Interlocked.CompareExchange(ref _state, Waiting, Idle) == Idle) return new(this, _wait.Version);
        Volatile.Write(ref _state, Idle);
        return ValueTask.CompletedTask;
    }

    /// <summary>Who waits goes on elsewhere: callers hold locks.</summary>
    public void Wake()
    {
        if (Interlocked.CompareExchange(ref _state, Woken, Idle) != Waiting) return;
        if (Interlocked.CompareExchange(ref _state, Idle, Waiting) == Waiting) _wait.SetResult(true);
    }

    void IValueTaskSource.GetResult(short token) => _wait.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _wait.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _wait.OnCompleted(continuation, state, token, flags);
}
