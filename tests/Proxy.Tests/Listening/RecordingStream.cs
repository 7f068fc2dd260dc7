namespace Mesh.Proxy.Tests.Listening;

/// <summary>Keeps what is written and has nothing to read.</summary>
internal sealed class RecordingStream : MemoryStream
{
    public override int Read(Span<byte> buffer) => 0;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(0);
}
