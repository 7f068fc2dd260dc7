using System.Net;
using Mesh.Proxy.Sockets;

namespace Mesh.Proxy.Channels;

/// <summary>One of the connections that share one (<see cref="ChannelConnection"/>): read, written and waited for as a socket is.</summary>
internal sealed class Channel(ChannelConnection connection) : LoopTransport
{
    /// <summary>Bytes that may be on their way, or wait to be read, at most.</summary>
    public const int Window = 128 * 1024;

    // Bytes, of what waits to be read first.
    private const int FirstLength = 4 * 1024;

    private readonly ReceiveBuffer _unread = new(FirstLength);
    private ReadOnlyMemory<byte> _arriving;
    // Bytes that may be sent; that may come; that have been read since the peer was last told.
    private int _credit = Window;
    private int _allowed = Window;
    private int _consumed;
    private int _failure;
    private bool _isPeerClosed;
    private bool _isClosed;

    /// <summary>0 until the peer knows of it.</summary>
    public uint Number { get; set; }

    /// <summary>It is among those that <see cref="ChannelConnection"/> tells of room.</summary>
    public bool WaitsForRoom { get; set; }

    public override EventLoop Loop => connection.Loop;

    public override IPEndPoint LocalEndPoint => connection.LocalEndPoint;

    public override IPEndPoint RemoteEndPoint => connection.RemoteEndPoint;

    public override Readiness Readable { get; } = new();

    public override Readiness Writable { get; } = new();

    public override bool IsClosed => _isClosed;

    public override bool IsPeerClosed => _isPeerClosed;

    public override Action? PeerClosed { get; set; }

    public override bool IsAtEnd => _isPeerClosed && IsEmpty;

    public override bool IsDrained => !_isPeerClosed && IsEmpty;

    private bool IsEmpty => _arriving.IsEmpty && _unread.IsEmpty;

    public override int Receive(Memory<byte> buffer)
    {
        if (IsEmpty) return !_isPeerClosed ? Errno.WouldBlock : _failure;
        int received;
        if (_unread.IsEmpty)
        {
            received = Math.Min(buffer.Length, _arriving.Length);
            _arriving.Span[..received].CopyTo(buffer.Span);
            _arriving = _arriving[received..];
        }
        else
        {
            received = _unread.Take(buffer.Span);
            if (_unread.IsEmpty) _unread.Release();
        }
        _consumed += received;
        if (_consumed >= Window / 2 && !_isPeerClosed)
        {
            _allowed += _consumed;
            connection.Write(new(FrameKind.Window, Number, _consumed));
            _consumed = 0;
        }
        return received;
    }

    public override int Look(bool isNews) => IsDrained ? Errno.WouldBlock : 0;

    public override int Send(ReadOnlyMemory<byte> buffer)
    {
        if (_isPeerClosed || _isClosed || connection.IsClosed) return _failure < 0 ? _failure : Errno.BrokenPipe;
        if (buffer.IsEmpty) return 0;
        var length = Math.Min(Math.Min(buffer.Length, _credit), Frame.LongestData);
        if (length is 0 || !connection.TryWrite(this, buffer.Span[..length])) return Errno.WouldBlock;
        _credit -= length;
        return length;
    }

    /// <summary>Nothing is sent on a channel after its end, nor read; closing says it.</summary>
    public override int Finish() => 0;

    public override void Dispose() => Close(FrameKind.Close);

    /// <summary>In place of serving it: to the peer it is a connection that was refused.</summary>
    public void Refuse() => Close(FrameKind.Refuse);

    /// <summary>Who waits takes it from where it has come; what is left is kept.</summary>
    /// <returns>False where the peer sent more than it may.</returns>
    internal bool Arrived(ReadOnlyMemory<byte> piece)
    {
        if (_isClosed) return true;
        if (piece.Length > _allowed) return false;
        _allowed -= piece.Length;
        if (!_unread.IsEmpty)
        {
            _unread.Add(piece.Span);
            Readable.Set();
            return true;
        }
        _arriving = piece;
        Readable.Set();
        var rest = _arriving;
        _arriving = default;
        if (!rest.IsEmpty) _unread.Add(rest.Span);
        return true;
    }

    /// <returns>False where that is more than there can be.</returns>
    internal bool Allowed(int more)
    {
        if (more > Window - _credit) return false;
        _credit += more;
        Writable.Set();
        return true;
    }

    /// <param name="failure">A negative <see cref="Errno"/>; 0: the peer has closed it.</param>
    internal void End(int failure)
    {
        if (_isPeerClosed || _isClosed) return;
        (_isPeerClosed, _failure) = (true, failure);
        Readable.Set();
        Writable.Set();
        PeerClosed?.Invoke();
    }

    private void Close(FrameKind how)
    {
        if (_isClosed) return;
        _isClosed = true;
        _arriving = default;
        _unread.Release();
        PeerClosed = null;
        Readable.Close();
        Writable.Close();
        connection.Closed(this, _isPeerClosed ? null : how);
    }
}
