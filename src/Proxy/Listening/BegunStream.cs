using Mesh.Proxy.Sockets;

namespace Mesh.Proxy.Listening;

/// <summary>A stream of which the first read is under way already: its first bytes are looked at, and still given to whoever reads.</summary>
internal sealed class BegunStream(Stream inner) : AsyncStream
{
    private const int FirstLength = 4096;

    private readonly byte[] _first = new byte[FirstLength];
    private Task<int>? _reading;
    private int _given;

    /// <summary>The first bytes, once they are there; none at the end.</summary>
    public async Task<ReadOnlyMemory<byte>> FirstAsync() => _first.AsMemory(0, await (_reading ??= inner.ReadAsync(_first).AsTask()));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_reading is not { } reading) return inner.ReadAsync(buffer, cancellationToken);
        return reading.IsCompletedSuccessfully ? new(Give(reading.Result, buffer.Span)) : WaitAsync(reading, buffer);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => inner.WriteAsync(buffer, cancellationToken);

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    protected override void Dispose(bool disposing)
    {
        if (disposing) inner.Dispose();
        base.Dispose(disposing);
    }

    private async ValueTask<int> WaitAsync(Task<int> reading, Memory<byte> buffer) => Give(await reading, buffer.Span);

    private int Give(int length, Span<byte> buffer)
    {
        var count = Math.Min(length - _given, buffer.Length);
        _first.AsSpan(_given, count).CopyTo(buffer);
        _given += count;
        // The end stays one: another read of the stream gives it again.
        if (_given == length) _reading = null;
        return count;
    }
}
