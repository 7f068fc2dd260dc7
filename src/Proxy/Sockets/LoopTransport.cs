namespace Mesh.Proxy.Sockets;

/// <summary>
/// What bytes come and go by over a loop's socket: the socket itself, or what encrypts for it (<see cref="TlsTransport"/>). Everything is tried, and waits,
/// where it must, for the socket. It belongs to the loop's thread.
/// </summary>
internal abstract class LoopTransport : IDisposable
{
    /// <summary>What is waited for, beneath.</summary>
    public abstract TcpSocket Socket { get; }

    /// <summary>Nothing can be received before the socket's next event.</summary>
    public abstract bool IsDrained { get; }

    /// <summary>Something has come that is no longer the socket's, and that nobody has received yet.</summary>
    public virtual bool HoldsUnread => false;

    /// <param name="buffer">Not empty.</param>
    /// <returns>How many bytes; 0 once the peer has sent all; or a negative <see cref="Errno"/>.</returns>
    /// <exception cref="IOException">What came can't be what the peer sent.</exception>
    public abstract int Receive(Memory<byte> buffer);

    /// <summary>Whether <see cref="Receive"/> would find something, or the end.</summary>
    /// <param name="isNews">The socket has had an event since it was last looked at.</param>
    /// <returns>At least 0 where it would, else a negative <see cref="Errno"/>.</returns>
    /// <exception cref="IOException">What came can't be what the peer sent.</exception>
    public abstract int Look(bool isNews);

    /// <summary>Sends, or begins to: where this says <see cref="Errno.WouldBlock"/>, the same bytes are to be given once more when there is room.</summary>
    /// <returns>How many bytes, or a negative <see cref="Errno"/>.</returns>
    /// <exception cref="IOException">They can't be sent any more.</exception>
    public abstract int Send(ReadOnlyMemory<byte> buffer);

    /// <summary>Tells the peer that no more will come; it may still send. Where there is no room to say so now, this is to be called once more when there is.</summary>
    /// <returns>0, or a negative <see cref="Errno"/>.</returns>
    public abstract int Finish();

    /// <summary><see cref="Finish"/>, from any thread, as soon as there is room.</summary>
    /// <exception cref="IOException">The connection is no more.</exception>
    public async ValueTask FinishAsync()
    {
        await Socket.Loop.SwitchAsync();
        int result;
        while ((result = Finish()) is Errno.WouldBlock) await Socket.WritableAsync();
        if (result < 0) throw SocketFailure.Broken(result);
    }

    public abstract void Dispose();
}
