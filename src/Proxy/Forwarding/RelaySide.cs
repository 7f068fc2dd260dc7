using Mesh.Proxy.Listening;
using Mesh.Proxy.Sockets;

namespace Mesh.Proxy.Forwarding;

/// <summary>One side of a relay of which at least one is encrypted.</summary>
internal sealed class RelaySide(TcpSocket socket, SecuredSide? secured)
{
    public TcpSocket Socket { get; } = socket;

    public Stream Stream { get; } = secured?.Decrypted ?? new LoopStream(socket);

    /// <summary>Tells the peer that no more will come; it may still send.</summary>
    public ValueTask FinishAsync()
    {
        if (secured is not null) return secured.FinishAsync();
        Socket.ShutdownSend();
        return ValueTask.CompletedTask;
    }
}
