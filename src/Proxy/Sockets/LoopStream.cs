using System.Runtime.CompilerServices;

namespace Mesh.Proxy.Sockets;

/// <summary>
/// A loop's socket as a stream, for what needs one: TLS. It may be used from any thread, one read and one write at a time; what waits
/// goes on on the loop's thread, or, while <see cref="LeavesLoop"/>, on the thread pool's. A wait is ended by its token, or by closing the socket.
/// </summary>
internal sealed class LoopStream(TcpSocket socket) : AsyncStream
{
    // Reads that needn't wait; after these the loop's other sockets get their turn.
    private const int MostAtOnce = 16;

    private int _atOnce;

    /// <summary>What follows a read or a write takes long: handshakes, requests.</summary>
    public bool LeavesLoop { get; set; }

    /// <summary>Told, on the loop's thread, when a read has come to the end, or to a failure.</summary>
    public Action? Ended { get; set; }

    /// <summary>A read of nothing waits until there is something to read, or the end.</summary>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            if (_atOnce < MostAtOnce && socket.Loop.IsCurrent && !LeavesLoop && TryReceive(buffer.Span, out var received))
            {
                _atOnce++;
                return new(received);
            }
        }
        catch (IOException failure)
        {
            return ValueTask.FromException<int>(failure);
        }
        return ReceiveAsync(buffer, cancellationToken);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (socket.Loop.IsCurrent && !LeavesLoop && !socket.IsClosed && socket.Send(buffer.Span) is >= 0 and var sent)
        {
            if (sent == buffer.Length) return default;
            buffer = buffer[sent..];
        }
        return SendAsync(buffer, cancellationToken);
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

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        await (_atOnce < MostAtOnce ? socket.Loop.SwitchAsync() : socket.Loop.YieldAsync());
        _atOnce = 0;
        int received;
        while (!TryReceive(buffer.Span, out received))
        {
            var isNews = await WaitAsync(socket.ReadableAsync(), static stream => ((LoopStream)stream!).EndReading(), cancellationToken);
            // An event that came meanwhile says as much as a look at the socket.
            if (buffer.IsEmpty && isNews) break;
        }
        if (LeavesLoop) await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        return received;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        await socket.Loop.SwitchAsync();
        while (!buffer.IsEmpty)
        {
            if (socket.IsClosed) throw Closed();
            var sent = socket.Send(buffer.Span);
            if (sent >= 0) buffer = buffer[sent..];
            else if (sent is Errno.WouldBlock) await WaitAsync(socket.WritableAsync(), static stream => ((LoopStream)stream!).EndWriting(), cancellationToken);
            else if (sent is not Errno.Interrupted) throw Broken(sent);
        }
        if (LeavesLoop) await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
    }

    /// <returns>True where an event has come since; false where the wait was over before it began, or was interrupted.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> WaitAsync(ValueTask<bool> waiting, Action<object?> interrupt, CancellationToken cancellationToken)
    {
        if (waiting.IsCompleted && !socket.IsClosed)
        {
            await waiting;
            return false;
        }
        bool hasCome;
        // What interrupts too late ends another wait, which is begun again.
        await using (cancellationToken.UnsafeRegister(interrupt, this)) hasCome = await waiting;
        await socket.Loop.SwitchAsync();
        cancellationToken.ThrowIfCancellationRequested();
        return socket.IsClosed ? throw Closed() : hasCome;
    }

    private void EndReading() => socket.Loop.Post(socket.InterruptRead);

    private void EndWriting() => socket.Loop.Post(socket.InterruptWrite);

    private static IOException Closed() => new("the connection was closed here");

    private static IOException Broken(int result)
    {
        var error = Errno.NewException(-result);
        return new(error.Message, error);
    }

    /// <returns>False where there is nothing yet.</returns>
    private bool TryReceive(Span<byte> buffer, out int received)
    {
        do
        {
            if (socket.IsClosed) throw Closed();
            received = buffer.IsEmpty ? socket.Peek(socket.Loop.Scratch.AsSpan(0, 1)) : socket.Receive(buffer);
        }
        while (received is Errno.Interrupted);
        if (received is Errno.WouldBlock)
        {
            received = 0;
            return false;
        }
        if (received <= 0) Ended?.Invoke();
        if (received < 0) throw Broken(received);
        if (buffer.IsEmpty) received = 0;
        return true;
    }
}
