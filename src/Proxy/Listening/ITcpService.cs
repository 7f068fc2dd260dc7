using Mesh.Proxy.Sockets;

namespace Mesh.Proxy.Listening;

/// <summary>Carries connections that aren't HTTP.</summary>
internal interface ITcpService
{
    /// <summary>Serves a connection to its end and closes it. It begins and ends on the loop's thread, and throws nothing.</summary>
    /// <param name="client">Nothing of it has been read.</param>
    /// <param name="isSilent">Its first bytes were waited for, in vain.</param>
    Task ServeAsync(TcpSocket client, bool isSilent);
}
