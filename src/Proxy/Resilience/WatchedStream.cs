using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Resilience;

/// <summary>A body, or an upgraded connection, that tells a watch what passes, and ends when that says so.</summary>
internal sealed class WatchedStream(Stream inner, IdleWatch watch, Func<MeshException> expired) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => inner.CanWrite;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = inner.ReadAsync(buffer, watch.Ended);
        if (!read.IsCompletedSuccessfully) return WaitAsync(read, cancellationToken);
        watch.Touch();
        return read;
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        watch.Touch();
        await inner.WriteAsync(buffer, cancellationToken);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override void Flush() => inner.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            watch.Dispose();
            inner.Dispose();
        }
        base.Dispose(disposing);
    }

    // The watch ends with the client's token, which is the forwarder's for reading too.
    private async ValueTask<int> WaitAsync(ValueTask<int> read, CancellationToken cancellationToken)
    {
        watch.Start();
        try
        {
            var count = await read;
            watch.Touch();
            return count;
        }
        catch (Exception) when (watch.HasExpired && !cancellationToken.IsCancellationRequested)
        {
            throw expired();
        }
    }
}
