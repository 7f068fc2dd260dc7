using System.Runtime.CompilerServices;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Sockets;

namespace Mesh.Proxy.Http1;

/// <summary>
/// The bytes of an answer's body. With the last of them its connection is free for another request; disposed before that, it closes
/// the connection.
/// </summary>
internal sealed class AnswerStream(Http1Connection connection, AnswerFraming framing, long length, ReceivedAnswer response) : ReadOnlyStream
{
    private readonly ChunkedAnswer? _chunks = framing is AnswerFraming.Chunked ? new(response) : null;
    private long _left = framing is AnswerFraming.Close ? long.MaxValue : length;
    private Http1Connection? _connection = connection;
    private Exception? _failure;

    /// <summary>All of it has been read.</summary>
    public bool HasEnded => _connection is null && _failure is null;

    /// <summary>What has come already and is as it is to go on; until <see cref="Pass"/>.</summary>
    public ReadOnlyMemory<byte> Ready =>
        _connection is { Received: { IsEmpty: false, UnreadMemory: var unread } } && _chunks is null ? unread[..(int)Math.Min(unread.Length, _left)] : default;

    /// <summary>So much of that has been passed on.</summary>
    public void Pass(int count)
    {
        _connection!.Received.Advance(count);
        Passed(count);
    }

    /// <summary>A read of nothing waits until there is something to read, or the end.</summary>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_connection is not { } connection) return _failure is null ? new(0) : ValueTask.FromException<int>(_failure);
        try
        {
            if (TryTake(connection.Received, buffer.Span, out var taken)) return new(taken);
        }
        catch (HttpIOException failure)
        {
            Abort(failure);
            return ValueTask.FromException<int>(failure);
        }
        return ReceiveAsync(connection, buffer, cancellationToken);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && _connection is not null) Abort(new ObjectDisposedException(nameof(AnswerStream)));
        base.Dispose(disposing);
    }

    /// <returns>False where more must be received first.</returns>
    private bool TryTake(ReceiveBuffer received, Span<byte> buffer, out int taken)
    {
        taken = 0;
        if (_chunks is not null)
        {
            taken = _chunks.Take(received, buffer);
            if (_chunks.IsDone) End();
            return taken > 0 || _chunks.IsDone || buffer.IsEmpty && !received.IsEmpty;
        }
        if (received.IsEmpty) return false;
        taken = received.Take(buffer[..(int)Math.Min(buffer.Length, _left)]);
        Passed(taken);
        return true;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReceiveAsync(Http1Connection connection, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            if (buffer.IsEmpty)
            {
                return await connection.Stream.ReadAsync(buffer, cancellationToken);
            }
            // What is data for sure goes where it is wanted; what holds other things, or is little, comes into the buffer first.
            var direct = Math.Min(_chunks?.Data ?? _left, buffer.Length);
            if (direct > 0)
            {
                var read = await connection.Stream.ReadAsync(buffer[..(int)direct], cancellationToken);
                if (read is 0) return EndOfStream();
                _chunks?.Pass(read);
                Passed(read);
                return read;
            }
            int taken;
            do
            {
                if (!await connection.Received.FillAsync(connection.Stream, cancellationToken)) return EndOfStream();
            }
            while (!TryTake(connection.Received, buffer.Span, out taken));
            return taken;
        }
        catch (Exception failure)
        {
            Abort(failure);
            throw;
        }
    }

    private int EndOfStream()
    {
        if (framing is not AnswerFraming.Close) throw new HttpIOException(HttpRequestError.ResponseEnded, "the connection ended within the answer's body");
        End();
        return 0;
    }

    private void Passed(int count)
    {
        if (framing is not AnswerFraming.Length) return;
        _left -= count;
        if (_left is 0) End();
    }

    private void End() => Interlocked.Exchange(ref _connection, null)?.EndAnswer();

    // Whoever reads on mustn't take what has come for all.
    private void Abort(Exception failure)
    {
        if (_connection is null) return;
        _failure ??= failure;
        Interlocked.Exchange(ref _connection, null)?.Abort();
    }
}
