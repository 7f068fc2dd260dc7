using System.Net;
using System.Net.Sockets;
using Mesh.Proxy.Sockets;

namespace Mesh.Proxy.Forwarding;

/// <summary>Connects within a time.</summary>
internal static class TcpConnect
{
    /// <exception cref="SocketException">It could not be connected, or not in time.</exception>
    public static async ValueTask<TcpSocket> ConnectAsync(EventLoop loop, IPEndPoint address, TimeSpan timeout, TimeProvider clock)
    {
        using var timer = new CancellationTokenSource(timeout, clock);
        try
        {
            return await TcpSocket.ConnectAsync(loop, address, timer.Token);
        }
        catch (OperationCanceledException)
        {
            throw new SocketException((int)SocketError.TimedOut, $"not connected within {timeout:g}");
        }
    }
}
