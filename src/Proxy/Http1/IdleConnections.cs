namespace Mesh.Proxy.Http1;

/// <summary>
/// Connections that wait for a request. The one that was used last is taken first, so that those that nobody needs grow old and are
/// closed.
/// </summary>
/// <param name="timeout">How old they become at least; at most 5 s more. It is counted in looks at all of them, so that no request needs the clock.</param>
/// <param name="time">The clock.</param>
internal sealed class IdleConnections(TimeSpan timeout, TimeProvider time) : IDisposable
{
    // Those that the server has closed hold a descriptor until they are looked at.
    private static readonly TimeSpan LongestInterval = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly List<Http1Connection> _waiting = [];
    private readonly TimeSpan _interval = timeout < LongestInterval ? timeout : LongestInterval;
    private ITimer? _timer;
    private int _looks;
    private bool _isDisposed;

    /// <summary>How often those that wait were looked at.</summary>
    public int Looks => Volatile.Read(ref _looks);

    /// <returns>Null where there is none.</returns>
    public Http1Connection? TryTake()
    {
        while (TryPop() is { } connection)
        {
            if (connection.StaysQuiet()) return connection;
            connection.Abort();
        }
        return null;
    }

    /// <summary>Keeps it for the next request.</summary>
    public void Add(Http1Connection connection)
    {
        lock (_lock)
        {
            if (!_isDisposed)
            {
                _waiting.Add(connection);
                _timer ??= NewTimer();
                return;
            }
        }
        connection.Abort();
    }

    /// <summary>Closes those that wait, and those that will.</summary>
    public void Dispose()
    {
        List<Http1Connection> waiting;
        lock (_lock)
        {
            _isDisposed = true;
            waiting = [.. _waiting];
            _waiting.Clear();
            _timer?.Dispose();
        }
        waiting.ForEach(connection => connection.Abort());
    }

    private Http1Connection? TryPop()
    {
        lock (_lock)
        {
            if (_waiting is not [.., var last]) return null;
            _waiting.RemoveAt(_waiting.Count - 1);
            return last;
        }
    }

    private bool IsFit(Http1Connection connection) => connection.StaysQuiet() && (_looks - connection.IdleSince) * _interval <= timeout;

    private ITimer NewTimer() => time.CreateTimer(static self => ((IdleConnections)self!).CloseUnfit(), this, _interval, _interval);

    private void CloseUnfit()
    {
        List<Http1Connection> unfit;
        lock (_lock)
        {
            _looks++;
            unfit = _waiting.FindAll(connection => !IsFit(connection));
            if (unfit.Count > 0) _waiting.RemoveAll(unfit.Contains);
            if (_waiting.Count is 0 && !_isDisposed)
            {
                _timer?.Dispose();
                _timer = null;
            }
        }
        unfit.ForEach(connection => connection.Abort());
    }
}
