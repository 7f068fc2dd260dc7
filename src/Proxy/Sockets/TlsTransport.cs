using System.Diagnostics;
using System.Net;
using System.Net.Security;

namespace Mesh.Proxy.Sockets;

/// <summary>
/// A socket whose bytes are encrypted, tried and waited for as one in the clear is. The framework's stream is given whole records
/// (<see cref="TlsRecords"/>), so that none of its methods waits.
/// </summary>
/// <param name="tls">After its handshake.</param>
/// <param name="records">What it is over.</param>
internal sealed class TlsTransport(SslStream tls, TlsRecords records) : LoopTransport
{
    /// <summary>Bytes, of what is encrypted at a time: two records.</summary>
    private const int PieceLength = 32 * 1024;

    // Of what was to be sent: encrypted already, and not all of it out.
    private int _encrypted;
    private bool _isFinished;

    // The stream has been looked at, and has data or the end.
    private bool _isFound;

    // One end for all who ask.
    private bool _hasEnded;

    /// <summary>What is waited for, beneath.</summary>
    public TcpSocket Socket => records.Socket;

    public override EventLoop Loop => Socket.Loop;

    public override IPEndPoint LocalEndPoint => Socket.LocalEndPoint;

    public override IPEndPoint RemoteEndPoint => Socket.RemoteEndPoint;

    public override Readiness Readable => Socket.Readable;

    public override Readiness Writable => Socket.Writable;

    public override bool IsClosed => Socket.IsClosed;

    public override bool IsPeerClosed => Socket.IsPeerClosed;

    public override Action? PeerClosed { get => Socket.PeerClosed; set => Socket.PeerClosed = value; }

    public override bool IsAtEnd => (_hasEnded || !HasMore && !records.HoldsUnread) && Socket.IsAtEnd;

    public override bool IsDrained => !_hasEnded && Socket.IsDrained && !HasMore;

    // The rest of a record that was too long for who asked; another one.
    private bool HasMore => _isFound || records.Undelivered > 0 || records.HasRecord;

    public override int Receive(Memory<byte> buffer)
    {
        if (_hasEnded) return 0;
        var read = Read(buffer);
        if (read < 0) return read;
        (_isFound, _hasEnded) = (false, read is 0);
        return read;
    }

    // An event may be of a part of a record, or of one that holds nothing to be read.
    public override int Look(bool isNews)
    {
        if (_hasEnded || _isFound) return 0;
        var read = Read(Memory<byte>.Empty);
        _isFound = read is 0;
        return read;
    }

    public override int Send(ReadOnlyMemory<byte> buffer)
    {
        if (_encrypted is 0)
        {
            var piece = buffer[..Math.Min(buffer.Length, PieceLength)];
            var writing = tls.WriteAsync(piece);
            Debug.Assert(writing.IsCompleted);
            writing.GetAwaiter().GetResult();
            _encrypted = piece.Length;
        }
        if (_encrypted > buffer.Length) throw new IOException("what had been begun to be sent was not given once more");
        if (records.SendRest() is var result and < 0) return result;
        (var sent, _encrypted) = (_encrypted, 0);
        return sent;
    }

    /// <summary>A close_notify, then FIN.</summary>
    public override int Finish()
    {
        if (!_isFinished)
        {
            _isFinished = true;
            var telling = tls.ShutdownAsync();
            Debug.Assert(telling.IsCompleted);
            telling.GetAwaiter().GetResult();
        }
        if (records.SendRest() is var result and < 0) return result;
        Socket.ShutdownSend();
        return 0;
    }

    public override void Dispose() => tls.Dispose();

    /// <returns>As <see cref="Receive"/>; 0 of nothing says that there is something, or the end.</returns>
    private int Read(Memory<byte> buffer)
    {
        while (true)
        {
            if (!HasMore)
            {
                var received = records.Receive();
                if (received < 0) return received;
                if (received > 0 && !records.HasRecord) continue;
            }
            try
            {
                var reading = tls.ReadAsync(buffer);
                Debug.Assert(reading.IsCompleted);
                var read = reading.GetAwaiter().GetResult();
                records.Delivered(read, buffer.Length);
                return read;
            }
            catch (NoRecordException)
            {
                // A session's ticket, a change of keys: nothing for who reads.
                records.DeliveredAll();
            }
        }
    }
}
