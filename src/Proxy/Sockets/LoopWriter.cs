using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Mesh.Proxy.Sockets;

/// <summary>
/// What goes out over a loop's socket, as a pipe. It may be written from any thread, one flush at a time; one that waits goes on on the loop's
/// thread. It holds memory for bytes only until they are sent.
/// </summary>
/// <param name="transport">Its owner's to close, which ends a flush.</param>
internal sealed class LoopWriter(LoopTransport transport) : PipeWriter
{
    /// <summary>Bytes: nearly every answer's head with what small body there is.</summary>
    private const int FirstLength = 16 * 1024;

    /// <summary>Bytes, of each piece behind the first.</summary>
    private const int FurtherLength = 64 * 1024;

    private Queue<ArraySegment<byte>>? _before;
    private byte[] _bytes = [];
    private int _length;
    private int _sent;
    private long _unflushed;
    private volatile bool _isCanceled;

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _unflushed;

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (_bytes.Length - _length < Math.Max(sizeHint, 1)) BeginPiece(sizeHint);
        return _bytes.AsMemory(_length);
    }

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override void Advance(int bytes) => (_length, _unflushed) = (_length + bytes, _unflushed + bytes);

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled<FlushResult>(cancellationToken);
        if (_isCanceled || !transport.Loop.IsCurrent || transport.IsClosed) return SendAsync(cancellationToken);
        return Send() is var result and not 0 ? SendAsync(cancellationToken, result) : default;
    }

    /// <summary>The flush under way, or else the next one, ends before all is sent.</summary>
    public override void CancelPendingFlush()
    {
        _isCanceled = true;
        Interrupt();
    }

    public override void Complete(Exception? exception = null)
    {
        while (_before?.TryDequeue(out var piece) is true) ArrayPool<byte>.Shared.Return(piece.Array!);
        if (_bytes.Length > 0) ArrayPool<byte>.Shared.Return(_bytes);
        (_bytes, _length, _sent, _unflushed) = ([], 0, 0, 0);
    }

    public override async ValueTask CompleteAsync(Exception? exception = null)
    {
        try
        {
            if (exception is null && _unflushed > 0) await FlushAsync();
        }
        finally
        {
            Complete(exception);
        }
    }

    private void BeginPiece(int sizeHint)
    {
        if (_length > 0) (_before ??= new()).Enqueue(new(_bytes, 0, _length));
        else if (_bytes.Length > 0) ArrayPool<byte>.Shared.Return(_bytes);
        (_bytes, _length) = (ArrayPool<byte>.Shared.Rent(Math.Max(sizeHint, _before is { Count: > 0 } ? FurtherLength : FirstLength)), 0);
    }

    /// <param name="cancellationToken">Ends it.</param>
    /// <param name="result">Of having tried already.</param>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<FlushResult> SendAsync(CancellationToken cancellationToken, int result = Errno.Interrupted)
    {
        await transport.Loop.SwitchAsync();
        while (result is not 0)
        {
            if (_isCanceled)
            {
                _isCanceled = false;
                return new(isCanceled: true, isCompleted: false);
            }
            if (result is Errno.WouldBlock) await RoomAsync(cancellationToken);
            else if (result is not Errno.Interrupted) throw SocketFailure.Broken(result);
            if (transport.IsClosed) throw SocketFailure.Closed();
            result = Send();
        }
        return default;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask RoomAsync(CancellationToken cancellationToken)
    {
        // What interrupts too late ends another wait, after which sending is tried again.
        var cancelling = cancellationToken.UnsafeRegister(static writer => ((LoopWriter)writer!).Interrupt(), this);
        await transport.Writable.WaitAsync();
        cancelling.Unregister();
        cancellationToken.ThrowIfCancellationRequested();
    }

    private void Interrupt() => transport.Loop.Post(transport.Writable.Interrupt);

    /// <returns>0 once all is sent; else why not, as <see cref="Errno"/> has it.</returns>
    private int Send()
    {
        while (_before?.TryPeek(out var piece) is true)
        {
            if (SendPiece(piece) is var result and not 0) return result;
            ArrayPool<byte>.Shared.Return(_before.Dequeue().Array!);
        }
        var last = SendPiece(_bytes.AsMemory(0, _length));
        if (last is 0) Complete();
        return last;
    }

    private int SendPiece(ReadOnlyMemory<byte> piece)
    {
        while (_sent < piece.Length)
        {
            var sent = transport.Send(piece[_sent..]);
            if (sent < 0) return sent;
            _sent += sent;
        }
        _sent = 0;
        return 0;
    }
}
