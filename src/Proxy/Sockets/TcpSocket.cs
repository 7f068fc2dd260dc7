using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Mesh.Proxy.Sockets;

/// <summary>
/// A connection on an <see cref="EventLoop"/>: try, and where that would block, wait. Everything but <see cref="Loop"/> belongs to
/// the loop's thread.
/// </summary>
internal sealed class TcpSocket : LoopTransport, IEventTarget
{
    private const int StreamType = 1;
    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;
    private const int PeekFlag = 0x02;
    // A peer that is gone is an error to return, not a signal to die of.
    private const int NoSignal = 0x4000;
    private const int ShutdownSending = 1;

    private const int SocketLevel = 1;
    private const int ErrorOption = 4;
    private const int KeepAliveOption = 9;
    private const int LingerOption = 13;
    private const int TcpLevel = 6;
    private const int NoDelayOption = 1;
    private const int KeepAliveIdleOption = 4;
    private const int KeepAliveIntervalOption = 5;
    private const int KeepAliveCountOption = 6;
    private const int UserTimeoutOption = 18;

    private int _descriptor;
    private bool _isConnecting;
    private bool _isDrained;
    private bool _isPeerClosed;

    private TcpSocket(EventLoop loop, int descriptor)
    {
        (Loop, _descriptor) = (loop, descriptor);
        loop.Register(this, descriptor, EpollEvents.Readable | EpollEvents.Writable | EpollEvents.PeerClosed);
    }

    public override EventLoop Loop { get; }

    public override Readiness Readable { get; } = new();

    public override Readiness Writable { get; } = new();

    /// <summary>The connection is no more: reset, or given up by the kernel.</summary>
    public bool IsBroken { get; private set; }

    public override bool IsPeerClosed => _isPeerClosed;

    public override Action? PeerClosed { get; set; }

    public override bool IsAtEnd => !IsClosed && Peek(Loop.Scratch.AsSpan(0, 1)) is <= 0 and not Errno.WouldBlock;

    /// <summary>Called once when <see cref="IsBroken"/> becomes true, after those who wait.</summary>
    public Action? Broken { get; set; }

    public override bool IsClosed => _descriptor < 0;

    public override bool IsDrained => _isDrained;

    public override IPEndPoint LocalEndPoint => ReadAddress(isPeers: false);

    public override IPEndPoint RemoteEndPoint => ReadAddress(isPeers: true);

    /// <summary>Puts an accepted connection under a loop, on the loop's thread.</summary>
    public static TcpSocket Adopt(EventLoop loop, int descriptor)
    {
        var socket = new TcpSocket(loop, descriptor);
        socket.SetOption(TcpLevel, NoDelayOption, 1);
        return socket;
    }

    /// <summary>Connects from the loop's thread.</summary>
    /// <exception cref="SocketException">It could not be connected.</exception>
    /// <exception cref="OperationCanceledException">Not before <paramref name="cancellationToken"/> was cancelled.</exception>
    public static async ValueTask<TcpSocket> ConnectAsync(EventLoop loop, IPEndPoint address, CancellationToken cancellationToken)
    {
        var socket = Begin(loop, address, out var result);
        try
        {
            if (result is Errno.InProgress) await socket.EndConnectAsync(cancellationToken);
            else if (result is not 0) throw Errno.NewException(-result);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public override int Receive(Memory<byte> buffer) => Receive(buffer.Span);

    /// <inheritdoc cref="Receive(Memory{byte})"/>
    public int Receive(Span<byte> buffer) => Receive(buffer, flags: 0);

    // An event that came says as much as a look at the socket.
    public override int Look(bool isNews) => isNews ? 1 : Peek(Loop.Scratch.AsSpan(0, 1));

    /// <summary>Reads without consuming: what is read is read again.</summary>
    public int Peek(Span<byte> buffer) => Receive(buffer, PeekFlag);

    public override int Send(ReadOnlyMemory<byte> buffer) => Send(buffer.Span);

    /// <inheritdoc cref="Send(ReadOnlyMemory{byte})"/>
    public unsafe int Send(ReadOnlySpan<byte> buffer)
    {
        fixed (byte* first = buffer)
        {
            var sent = Libc.Send(_descriptor, first, (nuint)buffer.Length, NoSignal);
            return sent >= 0 ? (int)sent : -Marshal.GetLastPInvokeError();
        }
    }

    /// <summary>Waits until there may be more to receive.</summary>
    /// <returns>False where the wait was interrupted.</returns>
    public ValueTask<bool> ReadableAsync() => Readable.WaitAsync();

    /// <summary>Waits until there may be room to send.</summary>
    /// <returns>False where the wait was interrupted.</returns>
    public ValueTask<bool> WritableAsync() => Writable.WaitAsync();

    /// <summary>Ends the waits under way, on the loop's thread.</summary>
    public void Interrupt()
    {
        InterruptRead();
        InterruptWrite();
    }

    /// <summary>Ends the wait for something to receive, on the loop's thread.</summary>
    public void InterruptRead() => Readable.Interrupt();

    /// <summary>Ends the wait for room to send, on the loop's thread.</summary>
    public void InterruptWrite() => Writable.Interrupt();

    /// <summary>Tells the peer that no more will come (FIN); it may still send.</summary>
    public void ShutdownSend() => _ = Libc.Shutdown(_descriptor, ShutdownSending);

    /// <summary>FIN.</summary>
    public override int Finish()
    {
        ShutdownSend();
        return 0;
    }

    /// <summary>Has the kernel find out about peers that are gone without a word.</summary>
    public void KeepAlive(TimeSpan idle, TimeSpan interval, int probes)
    {
        SetOption(SocketLevel, KeepAliveOption, 1);
        SetOption(TcpLevel, KeepAliveIdleOption, (int)idle.TotalSeconds);
        SetOption(TcpLevel, KeepAliveIntervalOption, (int)interval.TotalSeconds);
        SetOption(TcpLevel, KeepAliveCountOption, probes);
    }

    /// <summary>Has the kernel give up a peer that acknowledges nothing of what was sent to it for so long.</summary>
    public void GiveUpAfter(TimeSpan silence) => SetOption(TcpLevel, UserTimeoutOption, (int)silence.TotalMilliseconds);

    /// <returns>How much was written to <paramref name="value"/>, or a negative <see cref="Errno"/>.</returns>
    public unsafe int GetOption(int level, int option, Span<byte> value)
    {
        var length = (uint)value.Length;
        fixed (byte* first = value)
        {
            return Libc.GetSocketOption(_descriptor, level, option, first, &length) is 0 ? (int)length : -Marshal.GetLastPInvokeError();
        }
    }

    /// <summary>Lets the loop go of it: from now on it is the framework's.</summary>
    public SafeSocketHandle Detach()
    {
        var descriptor = Release(isClosing: false);
        return new(descriptor, ownsHandle: true);
    }

    /// <summary>Closes it as a process that dies does: the peer sees a reset (RST), and what it has not read yet is lost.</summary>
    public unsafe void Reset()
    {
        if (IsClosed) return;
        var linger = stackalloc int[2] { 1, 0 };
        _ = Libc.SetSocketOption(_descriptor, SocketLevel, LingerOption, linger, 2 * sizeof(int));
        Dispose();
    }

    public override void Dispose()
    {
        if (IsClosed) return;
        _ = Libc.Close(Release(isClosing: true));
    }

    void IEventTarget.OnEvents(uint events)
    {
        var breaks = (events & EpollEvents.Error) != 0 && !IsBroken;
        if (breaks) IsBroken = true;
        var closes = (events & (EpollEvents.PeerClosed | EpollEvents.HungUp | EpollEvents.Error)) != 0;
        if (closes) _isPeerClosed = true;
        _isDrained = false;
        if ((events & ~EpollEvents.Writable) != 0) Readable.Set();
        if ((events & (EpollEvents.Writable | EpollEvents.HungUp | EpollEvents.Error)) != 0) Writable.Set();
        if (closes) PeerClosed?.Invoke();
        if (breaks) Broken?.Invoke();
    }

    private static unsafe TcpSocket Begin(EventLoop loop, IPEndPoint address, out int result)
    {
        var descriptor = Libc.Socket(NativeAddress.FamilyOf(address.Address), StreamType | CloseOnExec | NonBlocking, 0);
        if (descriptor < 0) throw Errno.NewException(Marshal.GetLastPInvokeError());
        var native = stackalloc byte[NativeAddress.IPv6Length];
        var length = NativeAddress.Write(address, new(native, NativeAddress.IPv6Length));
        result = Libc.Connect(descriptor, native, (uint)length) is 0 ? 0 : -Marshal.GetLastPInvokeError();
        // After connect: a socket that has not been connected yet reports itself as hung up.
        return Adopt(loop, descriptor);
    }

    private unsafe IPEndPoint ReadAddress(bool isPeers)
    {
        var address = stackalloc byte[NativeAddress.IPv6Length];
        var length = (uint)NativeAddress.IPv6Length;
        var result = isPeers ? Libc.GetPeerName(_descriptor, address, &length) : Libc.GetSocketName(_descriptor, address, &length);
        return result is 0 ? NativeAddress.Read(new(address, NativeAddress.IPv6Length)) : throw Errno.NewException(Marshal.GetLastPInvokeError());
    }

    private unsafe int Receive(Span<byte> buffer, int flags)
    {
        if (_isDrained) return Errno.WouldBlock;
        fixed (byte* first = buffer)
        {
            var received = Libc.Receive(_descriptor, first, (nuint)buffer.Length, flags);
            var result = received >= 0 ? (int)received : -Marshal.GetLastPInvokeError();
            // epoll(7): a read that gets less than it asked for has emptied the socket, and what comes after that is an event.
            _isDrained = result is Errno.WouldBlock || flags is 0 && result > 0 && result < buffer.Length && !IsPeerClosed;
            return result;
        }
    }

    private async ValueTask EndConnectAsync(CancellationToken cancellationToken)
    {
        _isConnecting = true;
        bool isDecided;
        using (cancellationToken.UnsafeRegister(static state => ((TcpSocket)state!).InterruptConnect(), this)) isDecided = await WritableAsync();
        _isConnecting = false;
        if (!isDecided) throw new OperationCanceledException(cancellationToken);
        if (PendingError() is var error and not 0) throw Errno.NewException(error);
    }

    // The loop may have come to know that it is connected before it comes to this.
    private void InterruptConnect() => Loop.Post(() =>
    {
        if (_isConnecting) Writable.Interrupt();
    });

    private unsafe int PendingError()
    {
        int error;
        var length = (uint)sizeof(int);
        return Libc.GetSocketOption(_descriptor, SocketLevel, ErrorOption, &error, &length) is 0 ? error : Marshal.GetLastPInvokeError();
    }

    private int Release(bool isClosing)
    {
        var descriptor = _descriptor;
        _descriptor = -1;
        Loop.Unregister(descriptor, isClosing);
        Readable.Close();
        Writable.Close();
        return descriptor;
    }

    private unsafe void SetOption(int level, int option, int value) => _ = Libc.SetSocketOption(_descriptor, level, option, &value, sizeof(int));
}
