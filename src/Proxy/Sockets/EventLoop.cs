using System.Collections.Concurrent;
using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Mesh.Proxy.Sockets;

/// <summary>
/// One thread that waits for many sockets and runs what waits for them. What a loop's sockets do happens on its thread alone, so
/// none of it takes a lock; nothing there may block. <c>docs/decisions/tcp-on-epoll.md</c> says why it is not the framework's.
/// </summary>
internal sealed unsafe class EventLoop : IDisposable
{
    /// <summary>What passes through a socket at a time: large enough that system calls don't dominate, small enough for the caches.</summary>
    private const int ScratchLength = 64 * 1024;

    private const int EventsAtATime = 256;
    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;
    private const int Add = 1;
    private const int Delete = 2;

    [ThreadStatic]
    private static EventLoop? current;

    private readonly Thread _thread;
    private readonly int _epoll;
    private readonly int _wake;
    private readonly ConcurrentQueue<Action> _posted = new();
    private readonly Lock _waking = new();
    private readonly List<IRoundEnd> _ends = [];
    private IEventTarget?[] _targets = new IEventTarget?[64];
    private int _isAwake;
    private volatile bool _isStopping;
    private bool _isClosed;

    public EventLoop(string name)
    {
        _epoll = Check(Libc.EpollCreate(CloseOnExec));
        _wake = Check(Libc.EventDescriptor(0, CloseOnExec | NonBlocking));
        Control(Add, _wake, EpollEvents.Readable | EpollEvents.EdgeTriggered);
        _thread = new(Run) { Name = name, IsBackground = true };
        _thread.Start();
    }

    /// <summary>For whoever runs on the loop, until it next waits.</summary>
    public byte[] Scratch { get; } = GC.AllocateUninitializedArray<byte>(ScratchLength, pinned: true);

    /// <summary>The loop whose thread this is; null elsewhere.</summary>
    public static EventLoop? Current => current;

    public bool IsCurrent => current == this;

    /// <summary>Runs it on the loop's thread, after what is due there now. It must not throw.</summary>
    public void Post(Action action)
    {
        _posted.Enqueue(action);
        if (Interlocked.Exchange(ref _isAwake, 1) is 0) Wake();
    }

    /// <summary>Calls it once this round's events have been seen to, from the loop's thread: what they brought can go out in one piece then.</summary>
    public void AtRoundEnd(IRoundEnd target) => _ends.Add(target);

    /// <summary>What follows runs on the loop's thread.</summary>
    public SwitchAwaitable SwitchAsync() => new(this, evenIfCurrent: false);

    /// <summary>What follows runs once the loop has seen to the others.</summary>
    public SwitchAwaitable YieldAsync() => new(this, evenIfCurrent: true);

    /// <summary>Ends the thread. The sockets are their owners' to close, before.</summary>
    public void Dispose()
    {
        if (_isStopping) return;
        _isStopping = true;
        Wake();
        if (!IsCurrent) _thread.Join();
        lock (_waking)
        {
            _isClosed = true;
            _ = Libc.Close(_wake);
            _ = Libc.Close(_epoll);
        }
    }

    /// <summary>On the loop's thread.</summary>
    internal void Register(IEventTarget target, int descriptor, uint events)
    {
        if (descriptor >= _targets.Length) Array.Resize(ref _targets, Math.Max(descriptor + 1, _targets.Length * 2));
        _targets[descriptor] = target;
        Control(Add, descriptor, events | EpollEvents.EdgeTriggered);
    }

    /// <summary>On the loop's thread.</summary>
    internal void Unregister(int descriptor, bool isClosing)
    {
        _targets[descriptor] = null;
        // Closing the last descriptor of a socket takes it out of the set.
        if (!isClosing) Control(Delete, descriptor, 0);
    }

    private void Run()
    {
        current = this;
        // Nothing that is served here sets what an execution context would carry; keeping and restoring it costs at each step that waits.
        ExecutionContext.SuppressFlow();
        var events = new byte[EventsAtATime * EpollEvents.Size];
        while (!_isStopping)
        {
            // From here on whoever posts wakes the loop; what was posted just before is seen below.
            Interlocked.Exchange(ref _isAwake, 0);
            var count = Wait(events, _posted.IsEmpty ? Timeout.Infinite : 0);
            Volatile.Write(ref _isAwake, 1);
            for (var i = 0; i < count; i++)
            {
                var (what, descriptor) = EpollEvents.Read(events.AsSpan(i * EpollEvents.Size));
                if (descriptor == _wake) ClearWake();
                else if (_targets[descriptor] is { } target) target.OnEvents(what);
            }
            // What these post waits for its turn.
            for (var posted = _posted.Count; posted > 0 && _posted.TryDequeue(out var action); posted--) action();
            // What these ask for comes in the same round.
            for (var i = 0; i < _ends.Count; i++) _ends[i].OnRoundEnd();
            _ends.Clear();
        }
    }

    private int Wait(byte[] events, int timeout)
    {
        fixed (byte* first = events)
        {
            var count = Libc.EpollWait(_epoll, first, EventsAtATime, timeout);
            return count >= 0 ? count : -Marshal.GetLastPInvokeError() is Errno.Interrupted ? 0 : Check(count);
        }
    }

    private void Wake()
    {
        ulong one = 1;
        // Its number may be another file's by then, which must not be written to.
        lock (_waking)
        {
            if (!_isClosed) _ = Libc.Write(_wake, &one, sizeof(ulong));
        }
    }

    private void ClearWake()
    {
        ulong count;
        _ = Libc.Read(_wake, &count, sizeof(ulong));
    }

    private void Control(int operation, int descriptor, uint events)
    {
        var @event = stackalloc byte[EpollEvents.Size];
        EpollEvents.Write(new(@event, EpollEvents.Size), events, descriptor);
        Check(Libc.EpollControl(_epoll, operation, descriptor, @event));
    }

    private static int Check(int result) => result >= 0 ? result : throw new Win32Exception(Marshal.GetLastPInvokeError());

    /// <summary>Awaited, it continues on the loop's thread.</summary>
    internal readonly struct SwitchAwaitable(EventLoop loop, bool evenIfCurrent) : ICriticalNotifyCompletion
    {
        public bool IsCompleted => !evenIfCurrent && loop.IsCurrent;

        public SwitchAwaitable GetAwaiter() => this;

        public void GetResult()
        {
        }

        public void OnCompleted(Action continuation) => loop.Post(continuation);

        public void UnsafeOnCompleted(Action continuation) => loop.Post(continuation);
    }
}
