namespace Mesh.Proxy.Routing;

/// <summary>
/// Ends what has carried no byte for too long, in whichever direction. It starts with the first wait for bytes: what is there at once
/// costs no timer.
/// </summary>
internal sealed class IdleWatch : IDisposable
{
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;
    private readonly Action? _expire;
    private readonly CancellationTokenSource _ended = new();
    private readonly CancellationTokenRegistration _left;
    private ITimer? _timer;
    private long _lastByte;
    private volatile bool _expired;

    /// <param name="timeout">Without a byte.</param>
    /// <param name="time">Its clock.</param>
    /// <param name="cancellationToken">Ends it earlier.</param>
    /// <param name="expire">Done instead of ending it, once. Null: it ends.</param>
    public IdleWatch(TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken, Action? expire = null)
    {
        (_timeout, _time, _expire) = (timeout, time, expire);
        _left = cancellationToken.UnsafeRegister(static watch => ((IdleWatch)watch!)._ended.Cancel(), this);
    }

    /// <summary>Cancelled once it has been idle for too long, or its client has left.</summary>
    public CancellationToken Ended => _ended.Token;

    /// <summary>It has been idle for too long.</summary>
    public bool HasExpired => _expired;

    /// <summary>Bytes have passed.</summary>
    public void Touch() => Volatile.Write(ref _lastByte, _time.GetTimestamp());

    /// <summary>Bytes are waited for. By one at a time.</summary>
    public void Start()
    {
        if (_timer is not null) return;
        Touch();
        _timer = _time.CreateTimer(static watch => ((IdleWatch)watch!).Check(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(_timeout, Timeout.InfiniteTimeSpan);
    }

    public void Dispose()
    {
        _left.Dispose();
        _timer?.Dispose();
    }

    private void Check()
    {
        var remainder = _timeout - _time.GetElapsedTime(Volatile.Read(ref _lastByte));
        if (remainder > TimeSpan.Zero)
        {
            // Whole milliseconds are what timers know.
            _timer!.Change(TimeSpan.FromMilliseconds(Math.Ceiling(remainder.TotalMilliseconds)), Timeout.InfiniteTimeSpan);
            return;
        }
        if (_expire is not null)
        {
            _expire();
            return;
        }
        _expired = true;
        _ended.Cancel();
    }
}
