using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Mesh.Api.Identity;
using Mesh.Proxy.Identity;
using Mesh.Proxy.Listening;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Sockets;

namespace Mesh.Proxy.Forwarding;

/// <summary>Proves this proxy to an endpoint's sidecar, and has that prove itself.</summary>
internal static class SecuredDial
{
    /// <param name="credentials">In force now.</param>
    /// <param name="plain">Connected; the answer owns it.</param>
    /// <param name="address">Where to.</param>
    /// <param name="identity">Who has to be there.</param>
    /// <param name="protocols">Offered.</param>
    /// <param name="cancellationToken">Ends the handshake.</param>
    /// <exception cref="MeshException"><see cref="MeshErrorCode.PeerIdentity"/>: someone else is there, or nobody that can be believed.</exception>
    /// <exception cref="SocketException">The handshake failed otherwise: nothing has reached the application.</exception>
    public static async Task<SslStream> SecureAsync(
        Credentials credentials, Stream plain, IPEndPoint address, SpiffeId identity, List<SslApplicationProtocol> protocols, CancellationToken cancellationToken)
    {
        try
        {
            return await credentials.ConnectAsync(plain, address, protocols, identity, cancellationToken);
        }
        catch (PeerRefusedException refused)
        {
            throw new MeshException(MeshErrorCode.PeerIdentity, $"endpoint {address} did not prove to be {identity}: {refused.Reason}", refused)
            {
                Condition = Api.Discovery.RetryCondition.ConnectFailure,
            };
        }
        catch (Exception failure) when (failure is AuthenticationException or IOException)
        {
            throw new SocketException((int)SocketError.ConnectionRefused, $"no TLS: {failure.GetBaseException().Message}");
        }
    }

    /// <summary>The same on a loop, for what isn't HTTP; it begins and ends on the loop's thread. What it fails with closes the connection.</summary>
    public static async Task<SecuredSide> SecureAsync(CredentialStore store, TcpSocket socket, IPEndPoint address, SpiffeId identity, TimeSpan timeout, TimeProvider clock)
    {
        var stream = new LoopStream(socket) { LeavesLoop = true };
        try
        {
            var credentials = CredentialsOf(store, address);
            using var timer = new CancellationTokenSource(timeout, clock);
            await using var _ = timer.Token.UnsafeRegister(static socket => ((TcpSocket)socket!).Loop.Post(((TcpSocket)socket).Reset), socket);
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            var tls = await SecureAsync(credentials, stream, address, identity, MeshAlpn.OfTcp, CancellationToken.None);
            await socket.Loop.SwitchAsync();
            stream.LeavesLoop = false;
            return new(tls, stream, socket, new(identity));
        }
        catch
        {
            await socket.Loop.SwitchAsync();
            socket.Dispose();
            throw;
        }
    }

    /// <summary>A proxy that is to prove itself and can't yet sends nothing in the clear instead.</summary>
    public static Credentials CredentialsOf(CredentialStore store, IPEndPoint address) => store.Current
        ?? throw new MeshException(MeshErrorCode.IdentityUnavailable, $"endpoint {address} takes mutual TLS, and this proxy has no certificate yet")
        {
            Condition = Api.Discovery.RetryCondition.ConnectFailure,
        };
}
