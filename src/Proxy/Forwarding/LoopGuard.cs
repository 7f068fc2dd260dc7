using System.Net;
using System.Net.Sockets;
using Mesh.Proxy.Listening;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Forwarding;

/// <summary>Connects to wherever that is, except back to this proxy. A name may stand for this very host: only once connected is it known.</summary>
internal sealed class LoopGuard(PortRegistry ports)
{
    public static MeshException Loop(string authority) =>
        new(MeshErrorCode.LoopDetected, $"{authority} is an address of this proxy itself");

    /// <param name="reached">What was connected to.</param>
    /// <param name="authority">Where it was to go.</param>
    /// <exception cref="MeshException">It goes to this proxy itself.</exception>
    public void Check(IPEndPoint reached, string authority)
    {
        if (ports.LeadsHere(reached.Address, reached.Port)) throw Loop(authority);
    }

    /// <summary>For <see cref="SocketsHttpHandler.ConnectCallback"/>.</summary>
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            Check((IPEndPoint)socket.RemoteEndPoint!, $"{context.DnsEndPoint.Host}:{context.DnsEndPoint.Port}");
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
