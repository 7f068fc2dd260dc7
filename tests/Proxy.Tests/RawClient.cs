using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Mesh.Proxy.Tests;

/// <summary>Bytes out and bytes in, where it matters what exactly goes over the wire.</summary>
internal sealed class RawClient : IDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<RawClient> ConnectAsync(IPEndPoint port)
    {
        var client = new RawClient();
        await client._socket.ConnectAsync(port, Cancellation);
        return client;
    }

    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    public async Task SendAsync(byte[] bytes) => await _socket.SendAsync(bytes, Cancellation);

    /// <summary>All that has come once <paramref name="end"/> has, or once the other side has closed.</summary>
    public async Task<string> ReadUntilAsync(string end)
    {
        var received = new StringBuilder();
        var buffer = new byte[4096];
        while (!received.ToString().Contains(end, StringComparison.Ordinal))
        {
            int read;
            try
            {
                read = await _socket.ReceiveAsync(buffer, Cancellation);
            }
            catch (SocketException)
            {
                break;
            }
            if (read is 0) break;
            received.Append(Encoding.Latin1.GetString(buffer, 0, read));
        }
        return received.ToString();
    }

    /// <summary>Says that no more will come (FIN).</summary>
    public void ShutdownSend() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>The connection, for whoever goes on with it.</summary>
    public NetworkStream Detach() => new(_socket, ownsSocket: true);

    public Task<string> ReadToEndAsync() => ReadUntilAsync("\uFFFF");

    /// <summary>Closes at once, as a process that dies does.</summary>
    public void Reset()
    {
        _socket.LingerState = new(true, 0);
        _socket.Dispose();
    }

    public void Dispose() => _socket.Dispose();
}
