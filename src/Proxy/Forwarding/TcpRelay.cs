using System.Buffers;
using Mesh.Proxy.Sockets;

namespace Mesh.Proxy.Forwarding;

/// <summary>
/// Carries bytes between two connections of one loop until both sides have sent all. Bytes go from one kernel buffer to the other:
/// what a side doesn't take isn't read from the other, which so learns to wait.
/// </summary>
internal sealed class TcpRelay(TcpSocket client, TcpSocket upstream, ITcpMetrics metrics, TcpObserver? observer) : IRelay
{
    // In pieces of the loop's scratch, before others on the loop get their turn.
    private const int PiecesAtATime = 16;

    private readonly EventLoop _loop = client.Loop;
    private TcpObserver? _observer = observer;
    private TcpSocket? _broken;
    private RelayEnd _end;
    private bool _isAborted;
    private bool _hasOneEnded;

    /// <inheritdoc/>
    public long Passed { get; private set; }

    /// <inheritdoc/>
    public async Task<RelayEnd> RunAsync()
    {
        var sending = PumpAsync(client, upstream);
        await PumpAsync(upstream, client);
        await sending;
        client.Dispose();
        upstream.Dispose();
        return _end;
    }

    /// <inheritdoc/>
    public void Abort(RelayEnd end)
    {
        if (_isAborted) return;
        (_isAborted, _end) = (true, end);
        client.Reset();
        upstream.Reset();
    }

    private async Task PumpAsync(TcpSocket from, TcpSocket to)
    {
        var pieces = 0;
        while (true)
        {
            var scratch = _loop.Scratch;
            var received = from.Receive(scratch);
            if (received > 0)
            {
                Count(from, scratch.AsSpan(0, received));
                var sent = to.Send(scratch.AsSpan(0, received));
                if (sent != received && !await SendRestAsync(to, received, sent)) return;
                // Less than there was room for: there is no more now, and an edge will tell of what comes. The end tells once only.
                if (received == scratch.Length || from.IsPeerClosed)
                {
                    if (++pieces % PiecesAtATime is 0) await _loop.YieldAsync();
                    continue;
                }
            }
            else if (received is 0)
            {
                await EndAsync(from, to);
                return;
            }
            else if (received is not Errno.WouldBlock and not Errno.Interrupted)
            {
                Abort(ResetBy(from));
                return;
            }
            if (!await from.ReadableAsync())
            {
                Abort(RelayEnd.Stopped);
                return;
            }
        }
    }

    // What the other side has no room for now waits here, and nothing is read until it has gone.
    private async ValueTask<bool> SendRestAsync(TcpSocket to, int received, int sent)
    {
        var length = received - Math.Max(sent, 0);
        var rest = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            _loop.Scratch.AsSpan(received - length, length).CopyTo(rest);
            for (var done = 0; done < length;)
            {
                // Less was taken than was offered: there is no room.
                if ((sent >= 0 || sent is Errno.WouldBlock) && !await to.WritableAsync())
                {
                    Abort(RelayEnd.Stopped);
                    return false;
                }
                sent = to.Send(rest.AsSpan(done, length - done));
                if (sent > 0) done += sent;
                else if (sent is not Errno.WouldBlock and not Errno.Interrupted)
                {
                    Lose(to);
                    return false;
                }
            }
            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rest);
        }
    }

    private void Count(TcpSocket from, ReadOnlySpan<byte> bytes)
    {
        Passed += bytes.Length;
        var isFromClient = ReferenceEquals(from, client);
        if (isFromClient) metrics.Sent(bytes.Length);
        else metrics.Received(bytes.Length);
        if (_observer is { } observing && observing.Saw(bytes, isFromClient)) _observer = null;
    }

    // What the one that is gone had sent before may still be on its way to the other: the pump that reads it ends all.
    private void Lose(TcpSocket broken)
    {
        _broken = broken;
        if (_hasOneEnded) Abort(ResetBy(broken));
    }

    private async ValueTask EndAsync(TcpSocket from, TcpSocket to)
    {
        if (_broken is { } broken)
        {
            Abort(ResetBy(broken));
            return;
        }
        to.ShutdownSend();
        if (_hasOneEnded)
        {
            // The other pump watches over a side that has sent all already.
            to.Interrupt();
            return;
        }
        _hasOneEnded = true;
        while (await from.ReadableAsync())
        {
            if (!from.IsBroken) continue;
            Abort(ResetBy(from));
            return;
        }
        // Interrupted: the other has ended too, or someone has closed this side.
        if (from.IsClosed) Abort(RelayEnd.Stopped);
    }

    private RelayEnd ResetBy(TcpSocket side) => ReferenceEquals(side, client) ? RelayEnd.ClientReset : RelayEnd.UpstreamReset;
}
