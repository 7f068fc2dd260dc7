using Mesh.Proxy.Sockets;

namespace Mesh.Proxy.Listening;

/// <summary>Carries connections that aren't HTTP.</summary>
internal interface ITcpService
{
    /// <summary>Serves a connection to its end and closes it. It begins and ends on the loop's thread, and throws nothing.</summary>
    /// <param name="client">Nothing of it has been read.</param>
    /// <param name="isSilent">Its first bytes were waited for, in vain.</param>
    /// <param name="secured">What is read and written instead of the connection's own bytes; null where it is in the clear.</param>
    Task ServeAsync(TcpSocket client, bool isSilent, SecuredSide? secured = null);

    /// <summary>The same for a client that waits to be told that its tunnel is open. On the loop's thread, and it throws nothing.</summary>
    /// <param name="client">Nothing of what goes through the tunnel has been read.</param>
    /// <param name="opened">Tells the client, once there is a connection.</param>
    /// <returns>Why there is none, with the client still to be told and its connection open; null where the tunnel was served to its end.</returns>
    Task<Exception?> ServeTunnelAsync(TcpSocket client, Action<TcpSocket> opened);
}
