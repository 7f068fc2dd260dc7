using System.Net;
using System.Net.Sockets;
using Mesh.Api.Probes;

namespace Mesh.Proxy.Health;

/// <summary>Whether the application accepts a connection.</summary>
internal static class TcpSocketCheck
{
    public static async Task<CheckAnswer> AskAsync(TcpSocketProbe probe, IPAddress pod, CancellationToken stop)
    {
        using var socket = new Socket(pod.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(pod, probe.Port, stop);
            return new(StatusCodes.Status200OK, "accepted\n");
        }
        catch (SocketException failure)
        {
            return HealthPages.Failed($"connect to {HealthPages.Authority(pod, probe.Port)}", failure);
        }
    }
}
