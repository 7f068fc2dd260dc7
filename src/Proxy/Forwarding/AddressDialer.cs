using System.Net;
using System.Net.Sockets;
using Mesh.Proxy.Listening;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Sockets;

namespace Mesh.Proxy.Forwarding;

/// <summary>Connects to one address, unless that is this proxy's own.</summary>
/// <param name="address">Where to.</param>
/// <param name="timeout">How long it may take.</param>
/// <param name="failure">What it is that can't be connected to.</param>
/// <param name="ports">The addresses that lead back here.</param>
/// <param name="clock">The clock of the timeout.</param>
internal sealed class AddressDialer(IPEndPoint address, TimeSpan timeout, MeshErrorCode failure, PortRegistry ports, TimeProvider clock) : ITcpDialer
{
    public async ValueTask<TcpLeg> ConnectAsync(TcpSocket client)
    {
        if (ports.LeadsHere(address.Address, address.Port)) throw LoopGuard.Loop(address.ToString());
        try
        {
            return new(await TcpConnect.ConnectAsync(client.Loop, address, timeout, clock));
        }
        catch (SocketException refused)
        {
            throw new MeshException(failure, $"no connection to {address}: {refused.Message}", refused);
        }
    }
}
