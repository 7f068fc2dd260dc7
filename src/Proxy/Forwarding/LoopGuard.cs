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

    /// <summary>For <see cref="SocketsHttpHandler.ConnectCallback"/>.</summary>
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            var reached = (IPEndPoint)socket.RemoteEndPoint!;
            if (ports.LeadsHere(reached.Address, reached.Port)) throw Loop($"{context.DnsEndPoint.Host}:{context.DnsEndPoint.Port}");
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
