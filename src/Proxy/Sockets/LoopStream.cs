using System.Runtime.CompilerServices;

namespace Mesh.Proxy.Sockets;

/// <summary>
/// A loop's socket as a stream, for what needs one: TLS. It may be used from any thread, one read and one write at a time; what waits
/// goes on on the loop's thread, or, while <see cref="LeavesLoop"/>, on the thread pool's. A wait is ended by its token, or by closing the socket.
/// </summary>
internal sealed class LoopStream(TcpSocket socket) : AsyncStream
{
    /// <summary>What follows a read or a write takes long: handshakes, requests.</summary>
    public bool LeavesLoop { get; set; }

    /// <summary>A read of nothing waits until there is something to read, or the end.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await socket.Loop.SwitchAsync();
        int received;
        while ((received = Receive(buffer.Span)) < 0)
        {
            if (received is Errno.Interrupted) continue;
            if (received is not Errno.WouldBlock) throw Broken(received);
            if (!await ReadableAsync(cancellationToken)) throw Closed();
        }
        if (LeavesLoop) await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        return buffer.IsEmpty ? 0 : received;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await socket.Loop.SwitchAsync();
        while (!buffer.IsEmpty)
        {
            if (socket.IsClosed) throw Closed();
            var sent = socket.Send(buffer.Span);
            if (sent >= 0) buffer = buffer[sent..];
            else if (sent is Errno.WouldBlock)
            {
                if (!await WritableAsync(cancellationToken)) throw Closed();
            }
            else if (sent is not Errno.Interrupted) throw Broken(sent);
        }
        if (LeavesLoop) await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
    }

    /// <summary>Closes the socket, on its loop.</summary>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            if (socket.Loop.IsCurrent) socket.Dispose();
            else socket.Loop.Post(socket.Dispose);
        }
        base.Dispose(disposing);
    }

    private ValueTask<bool> ReadableAsync(CancellationToken cancellationToken) =>
        WaitAsync(static socket => socket.ReadableAsync(), static stream => ((LoopStream)stream!).EndReading(), cancellationToken);

    private ValueTask<bool> WritableAsync(CancellationToken cancellationToken) =>
        WaitAsync(static socket => socket.WritableAsync(), static stream => ((LoopStream)stream!).EndWriting(), cancellationToken);

    /// <returns>False where the socket was closed.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> WaitAsync(Func<TcpSocket, ValueTask<bool>> wait, Action<object?> interrupt, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        // What interrupts too late ends another wait, which is begun again.
        await using (cancellationToken.UnsafeRegister(interrupt, this)) await wait(socket);
        await socket.Loop.SwitchAsync();
        cancellationToken.ThrowIfCancellationRequested();
        return !socket.IsClosed;
    }

    private void EndReading() => socket.Loop.Post(socket.InterruptRead);

    private void EndWriting() => socket.Loop.Post(socket.InterruptWrite);

    private static IOException Closed() => new("the connection was closed here");

    private static IOException Broken(int result)
    {
        var error = Errno.NewException(-result);
        return new(error.Message, error);
    }

    private int Receive(Span<byte> buffer)
    {
        if (socket.IsClosed) throw Closed();
        return buffer.IsEmpty ? socket.Peek(socket.Loop.Scratch.AsSpan(0, 1)) : socket.Receive(buffer);
    }
}
