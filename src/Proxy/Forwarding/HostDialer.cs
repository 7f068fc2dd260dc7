using System.Net;
using System.Net.Sockets;
using Mesh.Api.Discovery;
using Mesh.Proxy.Listening;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Sockets;

namespace Mesh.Proxy.Forwarding;

/// <summary>Connects to a host that the mesh doesn't know, at the first of its addresses that takes the connection.</summary>
/// <param name="host">A name, or an address.</param>
/// <param name="timeout">How long each address may take.</param>
/// <param name="ports">The addresses that lead back here.</param>
/// <param name="clock">The clock of the timeout.</param>
internal sealed class HostDialer(Authority host, TimeSpan timeout, PortRegistry ports, TimeProvider clock) : ITcpDialer
{
    public async ValueTask<TcpLeg> ConnectAsync(TcpSocket client)
    {
        MeshException? last = null;
        foreach (var address in await ResolveAsync(client.Loop))
        {
            try
            {
                return await new AddressDialer(new(address, host.Port), timeout, MeshErrorCode.ConnectFailed, ports, clock).ConnectAsync(client);
            }
            catch (MeshException refused) when (refused.Code is MeshErrorCode.ConnectFailed)
            {
                last = refused;
            }
        }
        throw last ?? new(MeshErrorCode.ConnectFailed, $"{host.Host} has no address");
    }

    private async ValueTask<IPAddress[]> ResolveAsync(EventLoop loop)
    {
        if (host.Address is { } address) return [address];
        try
        {
            return await Dns.GetHostAddressesAsync(host.Host);
        }
        catch (SocketException unknown)
        {
            throw new MeshException(MeshErrorCode.ConnectFailed, $"{host.Host}: {unknown.Message}", unknown);
        }
        finally
        {
            await loop.SwitchAsync();
        }
    }
}
