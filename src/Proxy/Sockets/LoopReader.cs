using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;

namespace Mesh.Proxy.Sockets;

/// <summary>
/// What a loop's socket receives, as a pipe, in one piece. It may be read from any thread, one read at a time; what waits goes on on the loop's
/// thread. It holds memory for bytes only while there are some, and none of the collections and tokens that the framework's pipe over a stream keeps.
/// </summary>
internal sealed class LoopReader : PipeReader, IValueTaskSource<ReadResult>
{
    /// <summary>Bytes: nearly every request whole. What is longer and must be seen whole takes twice as much, and again.</summary>
    private const int BufferLength = 16 * 1024;

    // Reads that needn't wait; after these the loop's other sockets get their turn.
    private const int MostAtOnce = 16;

    private readonly LoopTransport _transport;
    private readonly Action _ended;
    private readonly Action<bool> _arrived;
    private ManualResetValueTaskSourceCore<ReadResult> _reading;
    private CancellationToken _cancels;
    private CancellationTokenRegistration _cancelling;
    private byte[] _bytes = [];
    private int _start, _end;
    private bool _isExamined, _isEnded;
    private volatile bool _isCanceled;
    private int _atOnce;

    /// <param name="transport">Its owner's to close, which ends a read.</param>
    /// <param name="ended">Told, on the loop's thread, when a read has come to the end, or to a failure of the socket's.</param>
    public LoopReader(LoopTransport transport, Action ended) => (_transport, _ended, _arrived) = (transport, ended, Arrived);

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled<ReadResult>(cancellationToken);
        if (TryRead(out var result)) return new(result);
        if (_isEnded) return new(Result(isCanceled: false));
        if (_atOnce >= MostAtOnce || !_transport.Loop.IsCurrent) return ReadOnLoopAsync(cancellationToken);
        try
        {
            if (!TryReceive()) return WaitAsync(cancellationToken);
        }
        catch (IOException failure)
        {
            return ValueTask.FromException<ReadResult>(failure);
        }
        _atOnce++;
        return new(Result(isCanceled: false));
    }

    public override bool TryRead(out ReadResult result)
    {
        var isCanceled = TakeCancellation();
        var hasNews = _start < _end && (!_isExamined || _isEnded);
        result = isCanceled || hasNews ? Result(isCanceled) : default;
        return isCanceled || hasNews;
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        _isExamined = examined.GetInteger() == _end;
        _start = consumed.GetInteger();
        if (_start == _end) Release();
    }

    public override void CancelPendingRead()
    {
        _isCanceled = true;
        Interrupt();
    }

    public override void Complete(Exception? exception = null) => Release();

    ReadResult IValueTaskSource<ReadResult>.GetResult(short token) => _reading.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<ReadResult>.GetStatus(short token) => _reading.GetStatus(token);

    void IValueTaskSource<ReadResult>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _reading.OnCompleted(continuation, state, token, flags);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadResult> ReadOnLoopAsync(CancellationToken cancellationToken)
    {
        await (_atOnce < MostAtOnce ? _transport.Loop.SwitchAsync() : _transport.Loop.YieldAsync());
        _atOnce = 0;
        return await ReadAsync(cancellationToken);
    }

    private ValueTask<ReadResult> WaitAsync(CancellationToken cancellationToken)
    {
        (_cancels, _atOnce) = (cancellationToken, 0);
        _reading.Reset();
        _cancelling = cancellationToken.UnsafeRegister(static reader => ((LoopReader)reader!).Interrupt(), this);
        AwaitArrival();
        return new(this, _reading.Version);
    }

    private void AwaitArrival()
    {
        while (_transport.Readable.Wait(_arrived))
        {
            if (TryEndWait()) return;
        }
    }

    private void Arrived(bool isNews)
    {
        if (!TryEndWait()) AwaitArrival();
    }

    private bool TryEndWait()
    {
        var isCanceled = false;
        Exception? failure = null;
        try
        {
            _cancels.ThrowIfCancellationRequested();
            isCanceled = TakeCancellation();
            if (!isCanceled && !TryReceive()) return false;
        }
        catch (Exception thrown)
        {
            failure = thrown;
        }
        _cancelling.Unregister();
        (_cancels, _cancelling) = (default, default);
        if (failure is null) _reading.SetResult(Result(isCanceled));
        else _reading.SetException(failure);
        return true;
    }

    // What interrupts too late ends another wait, which is begun again.
    private void Interrupt() => _transport.Loop.Post(_transport.Readable.Interrupt);

    private bool TakeCancellation()
    {
        if (!_isCanceled) return false;
        _isCanceled = false;
        return true;
    }

    private ReadResult Result(bool isCanceled) => new(new(_bytes, _start, _end - _start), isCanceled, _isEnded);

    /// <returns>False where there is nothing yet.</returns>
    /// <exception cref="IOException">The connection is no more.</exception>
    private bool TryReceive()
    {
        if (_transport.IsClosed) throw SocketFailure.Closed();
        if (_transport.IsDrained) return false;
        MakeRoom();
        int received;
        do received = _transport.Receive(_bytes.AsMemory(_end));
        while (received is Errno.Interrupted);
        if (received > 0)
        {
            (_end, _isExamined) = (_end + received, false);
            return true;
        }
        if (_start == _end) Release();
        if (received is Errno.WouldBlock) return false;
        _ended();
        if (received < 0) throw SocketFailure.Broken(received);
        return _isEnded = true;
    }

    private void MakeRoom()
    {
        if (_end < _bytes.Length) return;
        var unread = _bytes.AsSpan(_start, _end - _start);
        if (_start > 0)
        {
            unread.CopyTo(_bytes);
        }
        else
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(BufferLength, _bytes.Length * 2));
            unread.CopyTo(larger);
            if (_bytes.Length > 0) ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = larger;
        }
        (_start, _end) = (0, unread.Length);
    }

    private void Release()
    {
        if (_bytes.Length > 0) ArrayPool<byte>.Shared.Return(_bytes);
        (_bytes, _start, _end) = ([], 0, 0);
    }
}
