using Mesh.Proxy.Sockets;

namespace Mesh.Proxy.Tests.Http1;

/// <summary>A connection whose server's bytes come in the pieces given, one a read, and then end; what is written is kept.</summary>
internal sealed class PiecewiseStream(IEnumerable<byte[]> pieces) : AsyncStream
{
    private readonly Queue<byte[]> _pieces = new(pieces);
    private readonly MemoryStream _written = new();
    private Memory<byte> _piece;

    public byte[] Written => _written.ToArray();

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_piece.IsEmpty && _pieces.TryDequeue(out var next)) _piece = next;
        var read = Math.Min(buffer.Length, _piece.Length);
        _piece[..read].CopyTo(buffer);
        _piece = _piece[read..];
        return new(read);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => _written.WriteAsync(buffer, cancellationToken);
}
