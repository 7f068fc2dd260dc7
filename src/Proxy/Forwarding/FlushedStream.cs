using Mesh.Proxy.Routing;
using Mesh.Proxy.Sockets;

namespace Mesh.Proxy.Forwarding;

/// <summary>Flushes after each write; before the first write, the head of the request may be flushed by itself.</summary>
internal sealed class FlushedStream(Stream inner, RequestTrace trace, bool flushesHeadAnyway) : WriteOnlyStream
{
    private int _begun;
    private TaskCompletionSource? _headFlushed;

    /// <summary>
    /// Flushes what lies before the first write, unless that has begun; over HTTP/2 even then, since the write may wait for a window,
    /// which the head doesn't need. HTTP/2's stream bears it: flushing is the connection's.
    /// </summary>
    public async Task FlushHeadAsync(CancellationToken cancellationToken)
    {
        var flushed = _headFlushed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            if (Begin() || flushesHeadAnyway) await inner.FlushAsync(cancellationToken);
        }
        finally
        {
            flushed.SetResult();
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        trace.Idle?.Touch();
        await MyTurnAsync();
        await inner.WriteAsync(buffer, cancellationToken);
        await inner.FlushAsync(cancellationToken);
    }

    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        await MyTurnAsync();
        await inner.FlushAsync(cancellationToken);
    }

    // The stream below bears one operation at a time: a write that finds the head being flushed waits for that.
    private Task MyTurnAsync() => Begin() ? Task.CompletedTask : _headFlushed?.Task ?? Task.CompletedTask;

    private bool Begin() => Interlocked.Exchange(ref _begun, 1) is 0;
}
