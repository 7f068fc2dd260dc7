using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
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
    /// <exception cref="TlsFailedException">The handshake failed otherwise: nothing has reached the application.</exception>
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
            throw new TlsFailedException(failure);
        }
    }

    /// <summary>The same on a loop, on whose thread it begins and ends; the handshake is made elsewhere. What it fails with closes the connection.</summary>
    public static async Task<SecuredSide> SecureAsync(
        Credentials credentials, TcpSocket socket, IPEndPoint address, SpiffeId identity, List<SslApplicationProtocol> protocols, CancellationToken cancellationToken)
    {
        var records = new TlsRecords(socket);
        try
        {
            await using var _ = cancellationToken.UnsafeRegister(static socket => ((TcpSocket)socket!).Loop.Post(((TcpSocket)socket).Reset), socket);
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            var tls = await SecureAsync(credentials, records, address, identity, protocols, CancellationToken.None);
            await socket.Loop.SwitchAsync();
            var ends = ((X509Certificate2)tls.RemoteCertificate!).NotAfter.ToUniversalTime();
            return new(tls, records, new(identity) { Until = ends < credentials.Ends ? ends : credentials.Ends });
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
