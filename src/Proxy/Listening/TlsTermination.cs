using System.Net.Sockets;
using Mesh.Proxy.Identity;
using Mesh.Proxy.Sockets;

namespace Mesh.Proxy.Listening;

/// <summary>Ends the mesh's TLS on a port's connections, within a time.</summary>
internal sealed class TlsTermination(Port port, TimeProvider clock)
{
    /// <summary>For a whole handshake: a peer that is this slow has no use for the connection.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Off the loop: what a handshake computes would hold up all who share it.</summary>
    /// <param name="socket">Nothing of it has been read; it is closed where this fails.</param>
    /// <param name="original">Where it was going; null where it wasn't redirected.</param>
    /// <param name="stopping">Ends it.</param>
    /// <returns>Null where the client proved nothing that can be believed.</returns>
    public async Task<SecuredStream?> AcceptAsync(Socket socket, OriginalDestination? original, CancellationToken stopping)
    {
        var client = socket.RemoteEndPoint;
        var (secured, refusal, detail) = await AcceptAsync(new NetworkStream(socket, ownsSocket: true), static () => { }, stopping);
        if (refusal is null) return secured;
        port.Refuse(refusal.Value);
        port.Security!.Refused(client, original, refusal.Value, detail);
        // Abortively, as all else that is refused.
        socket.Close(0);
        return null;
    }

    /// <summary>Of a connection that stays on its loop, where this begins and ends.</summary>
    public async Task<SecuredSide?> AcceptAsync(TcpSocket socket, OriginalDestination? original, CancellationToken stopping)
    {
        var client = socket.RemoteEndPoint;
        var records = new TlsRecords(socket);
        var (secured, refusal, detail) = await AcceptAsync(records, () => socket.Loop.Post(socket.Reset), stopping);
        await socket.Loop.SwitchAsync();
        if (refusal is null) return new(secured.Tls, records, secured.Peer);
        port.Refuse(refusal.Value);
        port.Security!.Refused(client, original, refusal.Value, detail);
        return null;
    }

    private async Task<(SecuredStream Secured, ConnectionRefusal? Refusal, string? Detail)> AcceptAsync(Stream plain, Action stop, CancellationToken stopping)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        using var timer = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, stopping);
        await using var _ = either.Token.UnsafeRegister(static stop => ((Action)stop!)(), stop);
        try
        {
            return (await port.Security!.AcceptAsync(plain, either.Token), null, null);
        }
        catch (PeerRefusedException refused)
        {
            return (default, ConnectionRefusal.PeerIdentity, refused.Reason);
        }
        catch (Exception) when (timer.IsCancellationRequested)
        {
            return (default, ConnectionRefusal.Handshake, $"not done within {Patience.TotalSeconds:0} s");
        }
        // What a hostile peer sends may fail in many ways, and each is its own fault.
        catch (Exception failure)
        {
            return (default, ConnectionRefusal.Handshake, failure.GetBaseException().Message);
        }
    }
}
