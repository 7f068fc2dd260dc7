using System.Net.Sockets;

namespace Mesh.Proxy.Tests.Forwarding;

internal static class SocketReading
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task SendAllAsync(this Socket socket, ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0) bytes = bytes[await socket.SendAsync(bytes, Cancellation)..];
    }

    public static async Task<byte[]> ReceiveExactlyAsync(this Socket socket, int count)
    {
        var buffer = new byte[count];
        for (var read = 0; read < count;)
        {
            var more = await socket.ReceiveAsync(buffer.AsMemory(read), Cancellation);
            if (more is 0) return buffer[..read];
            read += more;
        }
        return buffer;
    }

    /// <summary>All that comes until the other side has sent all.</summary>
    public static async Task<byte[]> ReceiveToEndAsync(this Socket socket)
    {
        using var received = new MemoryStream();
        var buffer = new byte[64 * 1024];
        while (await socket.ReceiveAsync(buffer, Cancellation) is var read and > 0) received.Write(buffer, 0, read);
        return received.ToArray();
    }

    /// <summary>Waits until the other side resets the connection.</summary>
    public static async Task<SocketError> ReceiveErrorAsync(this Socket socket)
    {
        try
        {
            await socket.ReceiveToEndAsync();
            return SocketError.Success;
        }
        catch (SocketException error)
        {
            return error.SocketErrorCode;
        }
    }

    public static void Reset(this Socket socket)
    {
        socket.LingerState = new(true, 0);
        socket.Dispose();
    }
}
