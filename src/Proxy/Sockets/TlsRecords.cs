using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Mesh.Proxy.Sockets;

/// <summary>
/// What lies beneath an encrypted stream: it gives out one record at a time (RFC 8446, section 5.1), so that a stream which has read one to its
/// end holds nothing back. During the handshake it waits, from any thread; after <see cref="StayOnLoop"/> it doesn't: a read fails by
/// <see cref="NoRecordException"/> where there is no whole record, and what can't be sent at once is kept for <see cref="SendRest"/>.
/// </summary>
internal sealed class TlsRecords(TcpSocket socket) : AsyncStream
{
    private const int HeaderLength = 5;
    private const int LengthOffset = 3;

    // What encrypts tells what is longer from what is not: here it is only made sure that it gets to see it.
    private const int LongestPayload = 16 * 1024 + 256;

    // The shortest tag there is, and the type: so much of a record at least is no data.
    private const int Overhead = 9;

    // A server sends two tickets and a change of keys now and then. Who sends more without a byte of data keeps the loop from all others.
    private const int MostWithoutData = 32;

    // Of a handshake, whose peer is nobody yet, and of short messages.
    private const int FirstLength = 4 * 1024;

    // Of who has sent a longer record: a few of the longest; and not what the framework's stream rents at the same time.
    private const int LongLength = 64 * 1024;

    private readonly ReceiveBuffer _received = new(FirstLength);
    private readonly SendBuffer _rest = new();
    private LoopStream? _waiting = new(socket) { LeavesLoop = true };

    // Of the record that is given out.
    private int _left;
    private int _withoutData;

    // Of the rest.
    private int _sent;
    private int _failure;
    private bool _isEnded;

    public TcpSocket Socket => socket;

    /// <summary>Bytes at most of data in records that were given out whole, and not told of by <see cref="Delivered"/>.</summary>
    public int Undelivered { get; private set; }

    /// <summary>There is a whole one, or the rest of one that is too long.</summary>
    public bool HasRecord => _left > 0 ? !_received.IsEmpty : _received.Length - HeaderLength is >= 0 and var received && (PayloadLength <= received || PayloadLength > LongestPayload);

    public bool HoldsUnread => !_received.IsEmpty;

    private int PayloadLength => BinaryPrimitives.ReadUInt16BigEndian(_received.Unread[LengthOffset..]);

    /// <summary>From here on everything happens on the loop's thread, and nothing waits.</summary>
    public void StayOnLoop() => (_waiting, Undelivered, _withoutData) = (null, 0, 0);

    /// <summary>Receives what has come.</summary>
    /// <returns>As <see cref="TcpSocket.Receive(Span{byte})"/> does; the end is seen by who reads, after this too.</returns>
    public int Receive()
    {
        if (_isEnded) return 0;
        if (socket.IsDrained) return Errno.WouldBlock;
        if (_left is 0 && _received.Length >= HeaderLength && HeaderLength + PayloadLength > FirstLength) _received.FirstLength = LongLength;
        var received = socket.Receive(_received.MakeRoom());
        Take(received);
        return received;
    }

    /// <param name="read">What a read brought.</param>
    /// <param name="asked">What it could have brought: with less, there was no more.</param>
    public void Delivered(int read, int asked)
    {
        Undelivered = read < asked ? 0 : Math.Max(0, Undelivered - read);
        if (read > 0) _withoutData = 0;
    }

    public void DeliveredAll() => Undelivered = 0;

    /// <returns>0 once all is out; else why not, as <see cref="Errno"/> has it.</returns>
    public int SendRest()
    {
        while (_sent < _rest.Written.Length && _failure is 0)
        {
            var sent = socket.Send(_rest.Written.Span[_sent..]);
            if (sent is Errno.WouldBlock) return sent;
            if (sent >= 0) _sent += sent;
            else if (sent is not Errno.Interrupted) _failure = sent;
        }
        _rest.Release();
        _sent = 0;
        return _failure;
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_withoutData > MostWithoutData) return ValueTask.FromException<int>(new IOException($"the peer sent {MostWithoutData} records without data"));
        if (TryGive(buffer.Span, out var given)) return new(given);
        return _waiting is { } waiting ? WaitAsync(waiting, buffer, cancellationToken) : ValueTask.FromException<int>(new NoRecordException());
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_waiting is { } waiting) return waiting.WriteAsync(buffer, cancellationToken);
        Send(buffer.Span);
        return default;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            if (_waiting is { } waiting)
            {
                waiting.Dispose();
            }
            else
            {
                // On the loop, where nothing is received or sent meanwhile.
                _received.Release();
                _rest.Release();
                socket.Dispose();
            }
        }
        base.Dispose(disposing);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> WaitAsync(LoopStream waiting, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        int given;
        while (!TryGive(buffer.Span, out given))
        {
            Take(await waiting.ReadAsync(_received.MakeRoom(), cancellationToken));
        }
        return given;
    }

    /// <returns>False where there is nothing to give yet.</returns>
    private bool TryGive(Span<byte> buffer, out int given)
    {
        given = 0;
        if (_left is 0)
        {
            // The beginning of a header, and then the end, is for who reads to make sense of.
            if (_received.Length < HeaderLength)
            {
                if (_isEnded) given = Give(buffer, _received.Length);
                return _isEnded;
            }
            if (_waiting is null && !_isEnded && !HasRecord) return false;
            if (buffer.IsEmpty) return true;
            _left = HeaderLength + PayloadLength;
            Undelivered += Math.Max(0, PayloadLength - Overhead);
            if (_waiting is null) _withoutData++;
        }
        if (_received.IsEmpty) return _isEnded;
        given = Give(buffer, _left);
        _left -= given;
        return true;
    }

    private int Give(Span<byte> buffer, int most)
    {
        var given = _received.Take(buffer[..Math.Min(buffer.Length, most)]);
        if (_received.IsEmpty) _received.Release();
        return given;
    }

    private void Take(int received)
    {
        if (received > 0) _received.Add(received);
        else if (_received.IsEmpty) _received.Release();
        if (received is 0) _isEnded = true;
    }

    private void Send(ReadOnlySpan<byte> bytes)
    {
        if (SendRest() is 0 && socket.Send(bytes) is var sent)
        {
            if (sent >= 0) bytes = bytes[sent..];
            else if (sent is not Errno.WouldBlock and not Errno.Interrupted) _failure = sent;
        }
        if (_failure is 0 && !bytes.IsEmpty) _rest.Write(bytes);
    }
}
