using System.Buffers;

namespace Mesh.Proxy.Forwarding;

/// <summary>
/// <see cref="TcpRelay"/> where at least one side is encrypted, so that bytes can't go from one kernel buffer to the other. A side that
/// has nothing to say holds no buffer.
/// </summary>
internal sealed class SecuredRelay(RelaySide client, RelaySide upstream, ITcpMetrics metrics, TcpObserver? observer) : IRelay
{
    // A TLS record holds as much.
    private const int PieceLength = 16 * 1024;

    private TcpObserver? _observer = observer;
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
        await client.Socket.Loop.SwitchAsync();
        client.Dispose();
        upstream.Dispose();
        return _end;
    }

    /// <inheritdoc/>
    public void Abort(RelayEnd end)
    {
        if (_isAborted) return;
        (_isAborted, _end) = (true, end);
        client.Socket.Reset();
        upstream.Socket.Reset();
    }

    private async Task PumpAsync(RelaySide from, RelaySide to)
    {
        var at = from;
        try
        {
            while (true)
            {
                at = from;
                _ = await from.Stream.ReadAsync(Memory<byte>.Empty);
                var buffer = ArrayPool<byte>.Shared.Rent(PieceLength);
                try
                {
                    var received = await from.Stream.ReadAsync(buffer.AsMemory(0, PieceLength));
                    if (received is 0) break;
                    Count(from, buffer.AsSpan(0, received));
                    at = to;
                    await to.Stream.WriteAsync(buffer.AsMemory(0, received));
                }
                finally
                {
                    ArrayPool<byte>.Shared.Return(buffer);
                }
            }
            at = to;
            await EndAsync(from, to);
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // Streams may come back on another thread once they have failed.
            await client.Socket.Loop.SwitchAsync();
            Abort(at.Socket.IsClosed ? RelayEnd.Stopped : ReferenceEquals(at, client) ? RelayEnd.ClientReset : RelayEnd.UpstreamReset);
        }
    }

    private async ValueTask EndAsync(RelaySide from, RelaySide to)
    {
        await to.FinishAsync();
        if (_hasOneEnded)
        {
            // The other pump watches over a side that has sent all already.
            to.Socket.Interrupt();
            return;
        }
        _hasOneEnded = true;
        while (await from.Socket.ReadableAsync())
        {
            if (!from.Socket.IsBroken) continue;
            Abort(ReferenceEquals(from, client) ? RelayEnd.ClientReset : RelayEnd.UpstreamReset);
            return;
        }
        // Interrupted: the other has ended too, or someone has closed this side.
        if (from.Socket.IsClosed) Abort(RelayEnd.Stopped);
    }

    private void Count(RelaySide from, ReadOnlySpan<byte> bytes)
    {
        Passed += bytes.Length;
        var isFromClient = ReferenceEquals(from, client);
        if (isFromClient) metrics.Sent(bytes.Length);
        else metrics.Received(bytes.Length);
        if (_observer is { } observing && observing.Saw(bytes, isFromClient)) _observer = null;
    }
}
