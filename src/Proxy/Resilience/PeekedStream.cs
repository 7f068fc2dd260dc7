using Mesh.Proxy.Sockets;

namespace Mesh.Proxy.Resilience;

/// <summary>A stream that can be waited for, and gives back what was read of it meanwhile.</summary>
internal sealed class PeekedStream(Stream inner) : ReadOnlyStream
{
    // A gRPC message's prefix and, mostly, the message.
    private const int PeekedLength = 512;

    private Task? _begun;
    private ReadOnlyMemory<byte> _peeked;

    /// <summary>It has ended without a byte.</summary>
    public bool IsEmpty { get; private set; }

    /// <summary>Waits for the first bytes or the end. Not to be called twice.</summary>
    /// <param name="bound">How long.</param>
    /// <param name="time">The clock of the bound.</param>
    /// <param name="cancellationToken">Ends the stream too, where its first read is still under way.</param>
    public async Task PeekAsync(TimeSpan bound, TimeProvider time, CancellationToken cancellationToken)
    {
        // A read of nothing completes once there is something to read; it may go on after the bound, and needs no buffer meanwhile.
        var begun = inner.ReadAsync(Memory<byte>.Empty, cancellationToken);
        if (!begun.IsCompleted)
        {
            var waiting = begun.AsTask();
            _begun = waiting;
            using var waited = new CancellationTokenSource();
            await Task.WhenAny(waiting, Task.Delay(bound, time, waited.Token));
            await waited.CancelAsync();
            if (!waiting.IsCompletedSuccessfully) return;
            _begun = null;
        }
        else
        {
            await begun;
        }
        var buffer = new byte[PeekedLength];
        var read = await inner.ReadAsync(buffer, cancellationToken);
        IsEmpty = read == 0;
        _peeked = buffer.AsMemory(0, read);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_begun is { } begun)
        {
            await begun.WaitAsync(cancellationToken);
            _begun = null;
        }
        if (_peeked.IsEmpty) return IsEmpty ? 0 : await inner.ReadAsync(buffer, cancellationToken);
        var length = Math.Min(buffer.Length, _peeked.Length);
        _peeked[..length].CopyTo(buffer);
        _peeked = _peeked[length..];
        return length;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) inner.Dispose();
        base.Dispose(disposing);
    }
}
