using System.Buffers;
using System.Net;
using System.Net.Sockets;

namespace Mesh.Bench.Load;

/// <summary>A TCP backend that gives back what it gets.</summary>
internal sealed class EchoServer : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Task _accepting;

    public EchoServer()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(4096);
        _accepting = AcceptAsync();
    }

    public IPEndPoint Address => (IPEndPoint)_listener.LocalEndPoint!;

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = EchoAsync(await _listener.AcceptAsync());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
        }
    }

    private static async Task EchoAsync(Socket socket)
    {
        socket.NoDelay = true;
        using (socket)
        {
            try
            {
                while (true)
                {
                    // Nothing is rented while a connection is idle: thousands are.
                    await socket.ReceiveAsync(Memory<byte>.Empty);
                    var buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
                    try
                    {
                        var received = await socket.ReceiveAsync(buffer);
                        if (received == 0) return;
                        await socket.SendAsync(buffer.AsMemory(0, received));
                    }
                    finally
                    {
                        ArrayPool<byte>.Shared.Return(buffer);
                    }
                }
            }
            catch (SocketException)
            {
            }
        }
    }
}
