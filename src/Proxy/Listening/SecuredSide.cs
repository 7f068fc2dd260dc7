using System.Net.Security;
using Mesh.Proxy.Identity;
using Mesh.Proxy.Sockets;

namespace Mesh.Proxy.Listening;

/// <summary>One side of a relayed connection that is encrypted: what is relayed is what was decrypted.</summary>
/// <param name="tls">The encryption.</param>
/// <param name="beneath">What it encrypts.</param>
/// <param name="socket">Beneath it.</param>
/// <param name="peer">Who is there.</param>
internal sealed class SecuredSide(SslStream tls, LoopStream beneath, TcpSocket socket, VerifiedPeer peer)
{
    public VerifiedPeer Peer { get; } = peer;

    public SslStream Tls { get; } = tls;

    public TcpSocket Socket { get; } = socket;

    /// <summary>What is read from and written to.</summary>
    public Stream Decrypted { get; set; } = tls;

    /// <summary>Hands it to someone who takes long over what is read, and not on the loop.</summary>
    public SecuredStream LeaveLoop()
    {
        beneath.LeavesLoop = true;
        return new(Decrypted, Tls, Peer);
    }

    /// <summary>Tells the peer that no more will come (close_notify, then FIN); it may still send.</summary>
    public async ValueTask FinishAsync()
    {
        await Tls.ShutdownAsync();
        await Socket.Loop.SwitchAsync();
        if (!Socket.IsClosed) Socket.ShutdownSend();
    }
}
