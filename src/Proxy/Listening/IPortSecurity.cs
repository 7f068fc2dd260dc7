using System.Net;
using System.Security.Authentication;
using Mesh.Proxy.Identity;

namespace Mesh.Proxy.Listening;

/// <summary>What a port demands of those who come in, and how they prove who they are.</summary>
internal interface IPortSecurity
{
    /// <summary>As it is now.</summary>
    /// <param name="original">Where the connection was going; null where it wasn't redirected.</param>
    PortDemand DemandOf(OriginalDestination? original);

    /// <summary>Has a client that speaks the mesh's TLS prove itself.</summary>
    /// <param name="plain">The connection, nothing of it read; the answer owns it.</param>
    /// <param name="cancellationToken">Ends the handshake.</param>
    /// <exception cref="PeerRefusedException">It is nobody that can be believed.</exception>
    /// <exception cref="AuthenticationException">It would not speak TLS as the mesh does.</exception>
    /// <exception cref="IOException">It left.</exception>
    Task<SecuredStream> AcceptAsync(Stream plain, CancellationToken cancellationToken);

    /// <summary>A connection was refused for what it didn't prove.</summary>
    void Refused(EndPoint? client, OriginalDestination? original, ConnectionRefusal refusal, string? detail);
}
