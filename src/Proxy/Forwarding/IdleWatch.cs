using Mesh.Proxy.Sockets;

namespace Mesh.Proxy.Forwarding;

/// <summary>Ends a relay through which nothing has passed for a time, or up to half as much longer: it looks now and then, and costs the bytes nothing.</summary>
internal sealed class IdleWatch : IDisposable
{
    private const int LooksPerTimeout = 2;

    private readonly IRelay _relay;
    private readonly EventLoop _loop;
    private readonly ITimer _timer;
    private long _seen;
    private int _idleLooks;

    public IdleWatch(IRelay relay, EventLoop loop, TimeSpan timeout, TimeProvider clock)
    {
        (_relay, _loop) = (relay, loop);
        var interval = timeout / LooksPerTimeout;
        _timer = clock.CreateTimer(static watch => ((IdleWatch)watch!).PostLook(), this, interval, interval);
    }

    public void Dispose() => _timer.Dispose();

    private void PostLook() => _loop.Post(() =>
    {
        _idleLooks = _relay.Passed == _seen ? _idleLooks + 1 : 0;
        _seen = _relay.Passed;
        if (_idleLooks >= LooksPerTimeout) _relay.Abort(RelayEnd.Idle);
    });
}
