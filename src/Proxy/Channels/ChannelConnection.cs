using System.Net;
using Mesh.Proxy.Sockets;

namespace Mesh.Proxy.Channels;

/// <summary>
/// A connection between two sidecars that carries many as channels, so that one handshake serves them all, and what a round of the loop has for
/// the peer goes out encrypted in one piece. It belongs to the loop's thread.
/// </summary>
/// <param name="transport">Its owner from now on.</param>
/// <param name="opened">Takes a channel that the peer opened; false: it is refused. Null: this side opens them, and it ends with the last.</param>
internal sealed class ChannelConnection(LoopTransport transport, Func<Channel, bool>? opened = null) : IRoundEnd
{
    /// <summary>At a time.</summary>
    public const int MostChannels = 256;

    // Of those that the peer has closed again so many at most are still seen to: opening costs who serves them more than who asks for it.
    private const int MostServed = 2 * MostChannels;

    // Bytes: a record's worth is not waited with, and of several no more are kept than go out at once.
    private const int PieceLength = 16 * 1024;
    private const int FullLength = 64 * 1024;

    // Of a peer that reads nothing, and has things answered all the same.
    private const int LongestPending = 1024 * 1024;

    // Reads that needn't wait, and pieces of what they bring, which may be small; after these the loop's other sockets get their turn.
    private const int MostAtOnce = 16;
    private const int MostPiecesAtOnce = 256;

    private readonly Dictionary<uint, Channel> _channels = [];

    // The peer knows nothing of these yet: a channel has its number by its first data, since numbers come in turn.
    private readonly HashSet<Channel> _unsent = [];
    private readonly List<Channel> _waiting = [];
    private readonly ReceiveBuffer _received = new(PieceLength);
    private readonly ReceiveBuffer _pending = new(PieceLength);
    private uint _last;
    private Channel? _current;
    private int _left;
    private int _served;
    private Channel? _told;
    private bool _isDue, _isBlocked, _isFlushing, _isRetired, _wasUnused;

    public EventLoop Loop => transport.Loop;

    public IPEndPoint LocalEndPoint { get; } = transport.LocalEndPoint;

    public IPEndPoint RemoteEndPoint { get; } = transport.RemoteEndPoint;

    public bool IsClosed { get; private set; }

    public bool CanOpen => !IsClosed && !_isRetired && Count < MostChannels && _last < uint.MaxValue - MostChannels;

    private int Count => _channels.Count + _unsent.Count;

    public Channel Open()
    {
        var channel = NewChannel();
        _unsent.Add(channel);
        return channel;
    }

    /// <summary>Opens no more, and ends with the last of those that are.</summary>
    public void Retire()
    {
        _isRetired = true;
        if (Count is 0) Fail(0);
    }

    /// <summary>Ends it where it has had no channel since the last call.</summary>
    public void EndIfUnused()
    {
        var isUnused = _channels.Count is 0;
        if (isUnused && _wasUnused) Fail(0);
        _wasUnused = isUnused;
    }

    /// <summary>Receives until the connection ends.</summary>
    public async Task RunAsync()
    {
        try
        {
            var atOnce = 0;
            // Someone else may have closed it.
            while (!IsClosed && !transport.IsClosed)
            {
                var received = transport.IsDrained ? Errno.WouldBlock : transport.Receive(_received.MakeRoom());
                if (received > 0)
                {
                    _received.Add(received);
                    while (!TryTakeAll()) await Loop.YieldAsync();
                    if (_received.IsEmpty && !IsClosed) _received.Release();
                    if (++atOnce < MostAtOnce) continue;
                    atOnce = 0;
                    await Loop.YieldAsync();
                }
                else if (received is Errno.WouldBlock)
                {
                    if (_received.IsEmpty) _received.Release();
                    atOnce = 0;
                    await transport.Readable.WaitAsync();
                }
                else if (received is not Errno.Interrupted)
                {
                    Fail(received is 0 ? Errno.ConnectionReset : received);
                }
            }
        }
        catch (IOException)
        {
            // What came is not what the peer sent.
        }
        finally
        {
            Fail(Errno.ConnectionReset);
            _received.Release();
            _pending.Release();
        }
    }

    public void OnRoundEnd()
    {
        _isDue = false;
        Flush();
        if (opened is null && Count is 0) Fail(0);
    }

    /// <returns>False where there is too much that waits to be sent; the channel is told when there is room.</returns>
    internal bool TryWrite(Channel channel, ReadOnlySpan<byte> data)
    {
        if (_pending.Length >= FullLength || _waiting.Count > 0 && channel != _told)
        {
            if (!channel.WaitsForRoom) _waiting.Add(channel);
            channel.WaitsForRoom = true;
            return false;
        }
        if (_unsent.Remove(channel)) Number(channel, ++_last);
        WriteHead(new(FrameKind.Data, channel.Number, data.Length));
        _pending.Add(data);
        Plan();
        return true;
    }

    internal void Write(Frame frame)
    {
        if (IsClosed) return;
        WriteHead(frame);
        Plan();
    }

    /// <param name="channel">On this side.</param>
    /// <param name="how">Null where the peer knows.</param>
    internal void Closed(Channel channel, FrameKind? how)
    {
        _served--;
        if (channel.WaitsForRoom) _waiting.Remove(channel);
        if (how is null || IsClosed) return;
        if (!_unsent.Remove(channel))
        {
            _channels.Remove(channel.Number);
            Write(new(how.Value, channel.Number, 0));
        }
        EndWithLast();
    }

    private Channel NewChannel()
    {
        _served++;
        _wasUnused = false;
        return new(this);
    }

    private void Number(Channel channel, uint number)
    {
        channel.Number = number;
        _channels.Add(number, channel);
    }

    private void WriteHead(Frame frame)
    {
        Span<byte> head = stackalloc byte[Frame.HeadLength];
        frame.Write(head);
        _pending.Add(head);
    }

    private void Plan()
    {
        if (_isBlocked && _pending.Length > LongestPending) Fail(Errno.ConnectionReset);
        else if (_pending.Length >= PieceLength) Flush();
        else AwaitRoundEnd();
    }

    // Another may be opened in the same round, by who waited for it.
    private void EndWithLast()
    {
        if (opened is null && Count is 0) AwaitRoundEnd();
    }

    private void AwaitRoundEnd()
    {
        if (_isDue) return;
        _isDue = true;
        Loop.AtRoundEnd(this);
    }

    private void Flush()
    {
        if (IsClosed || _isBlocked || transport.IsClosed) return;
        _isBlocked = !TrySend();
        if (_isBlocked && !_isFlushing) _ = FlushWhenThereIsRoomAsync();
    }

    private async Task FlushWhenThereIsRoomAsync()
    {
        _isFlushing = true;
        while (_isBlocked)
        {
            await transport.Writable.WaitAsync();
            if (transport.IsClosed) Fail(Errno.ConnectionReset);
            if (IsClosed) return;
            _isBlocked = !TrySend();
            TellOfRoom();
        }
        _isFlushing = false;
    }

    // One that fills it again waits behind the others.
    private void TellOfRoom()
    {
        while (_waiting.Count > 0 && _pending.Length < FullLength && !IsClosed)
        {
            _told = _waiting[0];
            _waiting.RemoveAt(0);
            _told.WaitsForRoom = false;
            _told.Writable.Set();
        }
        _told = null;
    }

    /// <returns>False where there is no room.</returns>
    private bool TrySend()
    {
        try
        {
            while (!_pending.IsEmpty)
            {
                var sent = transport.Send(_pending.UnreadMemory);
                if (sent is Errno.WouldBlock) return false;
                if (sent >= 0) _pending.Advance(sent);
                else if (sent is not Errno.Interrupted)
                {
                    Fail(sent);
                    return true;
                }
            }
        }
        catch (IOException)
        {
            Fail(Errno.ConnectionReset);
            return true;
        }
        _pending.Release();
        return true;
    }

    /// <returns>False where there is more than is taken at once.</returns>
    private bool TryTakeAll()
    {
        for (var taken = 0; taken < MostPiecesAtOnce && !IsClosed; taken++)
        {
            if (_left > 0)
            {
                if (_received.IsEmpty) return true;
                var piece = _received.UnreadMemory[..Math.Min(_left, _received.Length)];
                _left -= piece.Length;
                _received.Advance(piece.Length);
                if (_current?.Arrived(piece) is false) Fail(Errno.ConnectionReset);
            }
            else
            {
                if (_received.Length < Frame.HeadLength) return true;
                var frame = Frame.Read(_received.Unread);
                _received.Advance(Frame.HeadLength);
                if (!TryTake(frame)) Fail(Errno.ConnectionReset);
            }
        }
        return IsClosed;
    }

    /// <returns>False where a peer that is in its right mind would not send it.</returns>
    private bool TryTake(Frame frame)
    {
        if (frame.Channel is 0) return false;
        var wasOpened = frame.Channel <= _last;
        var channel = _channels.GetValueOrDefault(frame.Channel);
        switch (frame.Kind)
        {
            case FrameKind.Data:
                if (frame.Value is 0 or > Frame.LongestData) return false;
                if (!wasOpened)
                {
                    if (opened is null || frame.Channel != _last + 1 || _channels.Count >= MostChannels) return false;
                    _last = frame.Channel;
                    channel = NewChannel();
                    Number(channel, _last);
                    if (_served > MostServed || !opened(channel)) channel.Refuse();
                }
                (_current, _left) = (channel, frame.Value);
                return true;
            case FrameKind.Close:
                return TryEnd(channel, 0) || wasOpened;
            case FrameKind.Refuse:
                // Who has come to refuse one would refuse the next.
                _isRetired = true;
                return opened is null && (TryEnd(channel, Errno.ConnectionRefused) || wasOpened);
            case FrameKind.Window:
                return frame.Value > 0 && (channel?.Allowed(frame.Value) ?? wasOpened);
            default:
                return false;
        }
    }

    private bool TryEnd(Channel? channel, int failure)
    {
        if (channel is null) return false;
        _channels.Remove(channel.Number);
        channel.End(failure);
        EndWithLast();
        return true;
    }

    private void Fail(int failure)
    {
        if (IsClosed) return;
        IsClosed = true;
        transport.Dispose();
        Channel[] channels = [.. _channels.Values, .. _unsent];
        _channels.Clear();
        _unsent.Clear();
        foreach (var channel in channels) channel.End(failure);
        _waiting.Clear();
    }
}
