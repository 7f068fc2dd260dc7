using Mesh.Proxy.LoadBalancing;
using Mesh.Proxy.Sockets;

namespace Mesh.Proxy.Routing;

/// <summary>A connection that a dialer has opened, and the endpoint that counts it for as long as it lasts.</summary>
/// <param name="socket">Connected.</param>
/// <param name="leased">Null where the address is no endpoint of a destination's.</param>
internal sealed class TcpLeg(TcpSocket socket, LiveEndpoint? leased = null) : IDisposable
{
    public TcpSocket Socket { get; } = socket;

    public void Dispose()
    {
        Socket.Dispose();
        leased?.Release();
    }
}
