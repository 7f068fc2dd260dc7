using Mesh.Proxy.Sockets;

namespace Mesh.Proxy.Tests.Http1;

/// <summary>Ends the first read of nothing, the third, and so on at once, as .NET's sockets do when an event is late; the others wait.</summary>
internal sealed class EndsEveryOtherWait(Stream inner) : AsyncStream
{
    private int _waits;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        buffer.IsEmpty && ++_waits % 2 is 1 ? new(0) : inner.ReadAsync(buffer, cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => inner.WriteAsync(buffer, cancellationToken);

    protected override void Dispose(bool disposing)
    {
        if (disposing) inner.Dispose();
        base.Dispose(disposing);
    }
}
