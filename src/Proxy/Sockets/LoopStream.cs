using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;

namespace Mesh.Proxy.Sockets;

/// <summary>
/// A loop's socket as a stream, for what needs one: HTTP/1.1 to servers, handshakes, relays of which a side is encrypted. It may be used from any thread, one read and one write at
/// a time; what waits goes on on the loop's thread, or, while <see cref="LeavesLoop"/>, on the thread pool's. A wait is ended by its token, or by
/// closing the socket.
/// </summary>
internal sealed class LoopStream : AsyncStream, IValueTaskSource<int>
{
    // Reads that needn't wait; after these the loop's other sockets get their turn.
    private const int MostAtOnce = 16;

    private readonly LoopTransport _transport;
    private readonly Action<bool> _arrived;
    private ManualResetValueTaskSourceCore<int> _reading;
    private Memory<byte> _into;
    private CancellationToken _cancelsReading;
    private CancellationTokenRegistration _cancelling;
    private int _atOnce;

    public LoopStream(LoopTransport transport) => (_transport, _arrived) = (transport, Arrived);

    /// <summary>What follows a read or a write takes long: handshakes, requests.</summary>
    public bool LeavesLoop { get; set; }

    /// <summary>A read of nothing waits until there is something to read, or the end.</summary>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_atOnce >= MostAtOnce || !_transport.Loop.IsCurrent || LeavesLoop) return ReceiveAsync(buffer, cancellationToken);
        try
        {
            if (TryReceive(buffer, isNews: false, out var received))
            {
                _atOnce++;
                return new(received);
            }
        }
        catch (IOException failure)
        {
            return ValueTask.FromException<int>(failure);
        }
        return ReceiveOnLoopAsync(buffer, cancellationToken);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_transport.Loop.IsCurrent && !LeavesLoop && !_transport.IsClosed && _transport.Send(buffer) is >= 0 and var sent)
        {
            if (sent == buffer.Length) return default;
            buffer = buffer[sent..];
        }
        return SendAsync(buffer, cancellationToken);
    }

    int IValueTaskSource<int>.GetResult(short token) => _reading.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _reading.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _reading.OnCompleted(continuation, state, token, flags);

    /// <summary>Closes what it is over, on its loop.</summary>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            if (_transport.Loop.IsCurrent) _transport.Dispose();
            else _transport.Loop.Post(_transport.Dispose);
        }
        base.Dispose(disposing);
    }

    /// <summary>As <see cref="ReceiveAsync"/> for who is on the loop and stays there, as nearly all are: without the steps of an async method.</summary>
    private ValueTask<int> ReceiveOnLoopAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        (_into, _cancelsReading, _atOnce) = (buffer, cancellationToken, 0);
        _reading.Reset();
        _cancelling = cancellationToken.UnsafeRegister(static stream => ((LoopStream)stream!).EndReading(), this);
        AwaitArrival();
        return new(this, _reading.Version);
    }

    private void AwaitArrival()
    {
        while (_transport.Readable.Wait(_arrived))
        {
            if (TryEndReading(isNews: false)) return;
        }
    }

    private void Arrived(bool isNews)
    {
        if (!TryEndReading(isNews)) AwaitArrival();
    }

    private bool TryEndReading(bool isNews)
    {
        var received = 0;
        Exception? failure = null;
        try
        {
            _cancelsReading.ThrowIfCancellationRequested();
            if (_transport.IsClosed) failure = SocketFailure.Closed();
            else if (!TryReceive(_into, isNews, out received)) return false;
        }
        catch (Exception thrown)
        {
            failure = thrown;
        }
        _cancelling.Unregister();
        (_into, _cancelsReading, _cancelling) = (default, default, default);
        if (failure is null) _reading.SetResult(received);
        else _reading.SetException(failure);
        return true;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        await (_atOnce < MostAtOnce ? _transport.Loop.SwitchAsync() : _transport.Loop.YieldAsync());
        _atOnce = 0;
        int received;
        var isNews = false;
        while (!TryReceive(buffer, isNews, out received))
        {
            isNews = await WaitAsync(_transport.Readable.WaitAsync(), static stream => ((LoopStream)stream!).EndReading(), cancellationToken);
        }
        if (LeavesLoop) await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        return received;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        await _transport.Loop.SwitchAsync();
        while (!buffer.IsEmpty)
        {
            if (_transport.IsClosed) throw SocketFailure.Closed();
            var sent = _transport.Send(buffer);
            if (sent >= 0) buffer = buffer[sent..];
            else if (sent is Errno.WouldBlock) await WaitAsync(_transport.Writable.WaitAsync(), static stream => ((LoopStream)stream!).EndWriting(), cancellationToken);
            else if (sent is not Errno.Interrupted) throw SocketFailure.Broken(sent);
        }
        if (LeavesLoop) await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
    }

    /// <returns>True where an event has come since; false where the wait was over before it began, or was interrupted.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> WaitAsync(ValueTask<bool> waiting, Action<object?> interrupt, CancellationToken cancellationToken)
    {
        if (waiting.IsCompleted && !_transport.IsClosed)
        {
            await waiting;
            return false;
        }
        bool hasCome;
        // What interrupts too late ends another wait, which is begun again.
        await using (cancellationToken.UnsafeRegister(interrupt, this)) hasCome = await waiting;
        await _transport.Loop.SwitchAsync();
        cancellationToken.ThrowIfCancellationRequested();
        return _transport.IsClosed ? throw SocketFailure.Closed() : hasCome;
    }

    private void EndReading() => _transport.Loop.Post(_transport.Readable.Interrupt);

    private void EndWriting() => _transport.Loop.Post(_transport.Writable.Interrupt);

    /// <returns>False where there is nothing yet.</returns>
    private bool TryReceive(Memory<byte> buffer, bool isNews, out int received)
    {
        do
        {
            if (_transport.IsClosed) throw SocketFailure.Closed();
            received = buffer.IsEmpty ? _transport.Look(isNews) : _transport.Receive(buffer);
        }
        while (received is Errno.Interrupted);
        if (received is Errno.WouldBlock)
        {
            received = 0;
            return false;
        }
        if (received < 0) throw SocketFailure.Broken(received);
        if (buffer.IsEmpty) received = 0;
        return true;
    }
}
