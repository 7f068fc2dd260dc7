using System.Net;

namespace Mesh.Proxy.Sockets;

/// <summary>
/// What bytes come and go by on a loop: a socket, what encrypts for one (<see cref="TlsTransport"/>), or one of many that share one. Everything is tried, and
/// what must wait, waits until it may be tried again. Everything but <see cref="Loop"/> belongs to the loop's thread.
/// </summary>
internal abstract class LoopTransport : IDisposable
{
    public abstract EventLoop Loop { get; }

    public abstract IPEndPoint LocalEndPoint { get; }

    public abstract IPEndPoint RemoteEndPoint { get; }

    /// <summary>There may be more to receive.</summary>
    public abstract Readiness Readable { get; }

    /// <summary>There may be room to send.</summary>
    public abstract Readiness Writable { get; }

    /// <summary>It has been closed on this side.</summary>
    public abstract bool IsClosed { get; }

    /// <summary>The peer will send no more, though what it sent may not have been read yet.</summary>
    public abstract bool IsPeerClosed { get; }

    /// <summary>Called when the peer has sent its last, or is gone, after those who wait.</summary>
    public abstract Action? PeerClosed { get; set; }

    /// <summary>What would be received next is the end. It consumes nothing.</summary>
    public abstract bool IsAtEnd { get; }

    /// <summary>Nothing can be received before there is news.</summary>
    public abstract bool IsDrained { get; }

    /// <param name="buffer">Not empty.</param>
    /// <returns>How many bytes; 0 once the peer has sent all; or a negative <see cref="Errno"/>.</returns>
    /// <exception cref="IOException">What came can't be what the peer sent.</exception>
    public abstract int Receive(Memory<byte> buffer);

    /// <summary>Whether <see cref="Receive"/> would find something, or the end.</summary>
    /// <param name="isNews">There have been news since it was last looked at.</param>
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
        await Loop.SwitchAsync();
        int result;
        while ((result = Finish()) is Errno.WouldBlock) await Writable.WaitAsync();
        if (result < 0) throw SocketFailure.Broken(result);
    }

    public abstract void Dispose();
}
