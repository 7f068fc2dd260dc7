using System.Net;
using System.Net.Sockets;
using System.Text;
using Mesh.Rig;

namespace Mesh.Bench.Load;

/// <summary>Connections that are held and say nothing: plain TCP ones after a byte there and back, or HTTP/1.1 ones after their first request.</summary>
internal sealed class IdleConnections(bool http)
{
    private static readonly byte[] Request = "GET / HTTP/1.1\r\nHost: web.bench\r\n\r\n"u8.ToArray();
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Opens so many, and uses each once.</summary>
    public Task<IReadOnlyList<Socket>> OpenAsync(IPEndPoint address, int count) => TcpLoad.IdleAsync(address, count, UseAsync);

    /// <summary>Closes them, after each has answered once more: it was there all the time.</summary>
    public async Task CloseAsync(IReadOnlyList<Socket> sockets)
    {
        foreach (var socket in sockets)
        {
            await UseAsync(socket);
            socket.Dispose();
        }
    }

    private async Task UseAsync(Socket socket)
    {
        try
        {
            await (http ? AskAsync(socket) : TcpLoad.PingAsync(socket, new byte[1])).WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            throw new RigFailedException($"{socket.RemoteEndPoint} has not answered on a connection within {Patience.TotalSeconds:0} s");
        }
    }

    private static async Task AskAsync(Socket socket)
    {
        await socket.SendAsync(Request);
        var buffer = new byte[4096];
        var received = 0;
        // The backend's answer ends in its 1 KiB of x.
        while (received == 0 || !Encoding.ASCII.GetString(buffer, 0, received).EndsWith("xxxx", StringComparison.Ordinal))
        {
            var count = await socket.ReceiveAsync(buffer.AsMemory(received));
            if (count == 0) throw new RigFailedException($"an idle connection was closed by {socket.RemoteEndPoint}");
            received += count;
        }
    }
}
