namespace Mesh.Proxy.Sockets;

/// <summary>Waits for a socket's bytes, for so long and no longer, however often it waits. It belongs to the loop's thread.</summary>
internal sealed class BoundedWait : IDisposable
{
    private readonly TcpSocket _socket;
    private readonly ITimer _timer;
    private bool _isOver;

    public BoundedWait(TcpSocket socket, TimeSpan limit, TimeProvider clock)
    {
        _socket = socket;
        _timer = clock.CreateTimer(static state => ((BoundedWait)state!).PostEnd(), this, limit, Timeout.InfiniteTimeSpan);
    }

    /// <returns>False where the time is up, or the socket closed.</returns>
    public async ValueTask<bool> ReadableAsync() => !_isOver && await _socket.ReadableAsync() && !_isOver;

    public void Dispose()
    {
        _isOver = true;
        _timer.Dispose();
    }

    private void PostEnd() => _socket.Loop.Post(() =>
    {
        // Whoever has ended the wait may be waiting for other things by now.
        if (_isOver) return;
        _isOver = true;
        _socket.Interrupt();
    });
}
