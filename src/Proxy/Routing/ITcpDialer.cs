using Mesh.Proxy.Sockets;

namespace Mesh.Proxy.Routing;

/// <summary>Opens the connections that carry what isn't HTTP.</summary>
internal interface ITcpDialer
{
    /// <summary>Connects, on the client's loop.</summary>
    /// <param name="client">Whom it is for.</param>
    /// <exception cref="MeshException">Nothing could be connected to.</exception>
    ValueTask<TcpLeg> ConnectAsync(TcpSocket client);
}
