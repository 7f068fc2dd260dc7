using System.Threading.Tasks.Sources;

namespace Mesh.Proxy.Sockets;

/// <summary>
/// Whether one direction of a socket may be tried again. An edge that comes while nobody waits is kept for who waits next. One
/// waits at a time, on the loop's thread, where it also goes on.
/// </summary>
internal sealed class Readiness : IValueTaskSource<bool>
{
    private ManualResetValueTaskSourceCore<bool> _waiter;
    private Action<bool>? _callback;
    private bool _isWaiting;
    private bool _isSet;
    private bool _isClosed;

    /// <returns>False where the wait was interrupted, or the socket closed.</returns>
    public ValueTask<bool> WaitAsync()
    {
        if (TakeEnd()) return new(!_isClosed);
        _waiter.Reset();
        _isWaiting = true;
        return new(this, _waiter.Version);
    }

    /// <summary>As <see cref="WaitAsync"/> for who waits at every request.</summary>
    /// <param name="ended">Told what that returns, unless the wait is over already.</param>
    /// <returns>Whether it is.</returns>
    public bool Wait(Action<bool> ended)
    {
        if (TakeEnd()) return true;
        (_callback, _isWaiting) = (ended, true);
        return false;
    }

    public void Set()
    {
        if (_isWaiting) Complete(true);
        else _isSet = true;
    }

    /// <summary>Ends the wait under way, if there is one.</summary>
    public void Interrupt()
    {
        if (_isWaiting) Complete(false);
    }

    public void Close()
    {
        _isClosed = true;
        Interrupt();
    }

    bool IValueTaskSource<bool>.GetResult(short token) => _waiter.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _waiter.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _waiter.OnCompleted(continuation, state, token, flags);

    /// <returns>Whether there is nothing to wait for; the edge that says so is taken.</returns>
    private bool TakeEnd()
    {
        var isOver = _isClosed || _isSet;
        _isSet = false;
        return isOver;
    }

    private void Complete(bool ready)
    {
        var callback = _callback;
        (_callback, _isWaiting) = (null, false);
        if (callback is null) _waiter.SetResult(ready);
        else callback(ready);
    }
}
