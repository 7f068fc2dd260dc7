using System.Net.Security;
using Mesh.Proxy.Identity;
using Mesh.Proxy.Sockets;

namespace Mesh.Proxy.Listening;

/// <summary>One side of a connection on a loop that is encrypted, after its handshake: what is carried is what was decrypted.</summary>
internal sealed class SecuredSide
{
    /// <param name="tls">The encryption.</param>
    /// <param name="records">What it is over.</param>
    /// <param name="peer">Who is there.</param>
    public SecuredSide(SslStream tls, TlsRecords records, VerifiedPeer peer)
    {
        records.StayOnLoop();
        (Transport, Peer) = (new(tls, records), peer);
        Decrypted = Direct = new(Transport);
    }

    public VerifiedPeer Peer { get; }

    public TlsTransport Transport { get; }

    /// <summary>What is read from and written to.</summary>
    public Stream Decrypted { get; set; }

    /// <summary>For someone who takes long over what is read, and not on the loop.</summary>
    public void LeaveLoop() => Direct.LeavesLoop = true;

    // Decrypted may be around it.
    private LoopStream Direct { get; }
}
