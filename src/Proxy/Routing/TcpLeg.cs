using Mesh.Proxy.Listening;
using Mesh.Proxy.LoadBalancing;
using Mesh.Proxy.Sockets;

namespace Mesh.Proxy.Routing;

/// <summary>A connection that a dialer has opened, and the endpoint that counts it for as long as it lasts.</summary>
/// <param name="socket">Connected.</param>
/// <param name="leased">Null where the address is no endpoint of a destination's.</param>
/// <param name="secured">What is read and written instead of the connection's own bytes; null where it is in the clear.</param>
internal sealed class TcpLeg(TcpSocket socket, LiveEndpoint? leased = null, SecuredSide? secured = null) : IDisposable
{
    public TcpSocket Socket { get; } = socket;

    public SecuredSide? Secured { get; } = secured;

    public void Dispose()
    {
        Socket.Dispose();
        leased?.Release();
    }
}
