using Mesh.Proxy.Sockets;

namespace Mesh.Proxy.Forwarding;

/// <summary>A stream of which it is told that it has been closed.</summary>
internal sealed class KeptStream(Stream inner, Action closed) : AsyncStream
{
    private int _isClosed;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => inner.ReadAsync(buffer, cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => inner.WriteAsync(buffer, cancellationToken);

    protected override void Dispose(bool disposing)
    {
        if (disposing && Interlocked.Exchange(ref _isClosed, 1) is 0)
        {
            inner.Dispose();
            closed();
        }
        base.Dispose(disposing);
    }
}
