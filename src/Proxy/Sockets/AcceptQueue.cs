using System.Runtime.InteropServices;

namespace Mesh.Proxy.Sockets;

/// <summary>One loop's share of a listening socket's connections. It belongs to the loop's thread.</summary>
internal sealed unsafe class AcceptQueue : IEventTarget, IDisposable
{
    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;

    private readonly Readiness _ready = new();
    private readonly EventLoop _loop;
    private int _descriptor;

    public AcceptQueue(EventLoop loop, int descriptor)
    {
        (_loop, _descriptor) = (loop, descriptor);
        loop.Register(this, descriptor, EpollEvents.Readable | EpollEvents.Exclusive);
    }

    /// <returns>The next connection, under the loop; null where there is none, for the reason in <paramref name="error"/>.</returns>
    public TcpSocket? TryAccept(out int error)
    {
        error = 0;
        if (_descriptor < 0) return null;
        var accepted = Libc.Accept(_descriptor, null, null, CloseOnExec | NonBlocking);
        if (accepted >= 0) return TcpSocket.Adopt(_loop, accepted);
        error = -Marshal.GetLastPInvokeError();
        return null;
    }

    /// <summary>Waits until there may be a connection.</summary>
    /// <returns>False once it has been disposed.</returns>
    public ValueTask<bool> ReadyAsync() => _ready.WaitAsync();

    public void Dispose()
    {
        if (_descriptor < 0) return;
        _loop.Unregister(_descriptor, isClosing: false);
        _descriptor = -1;
        _ready.Close();
    }

    void IEventTarget.OnEvents(uint events) => _ready.Set();
}
