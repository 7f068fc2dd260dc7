using System.Net.Sockets;
using System.Text;

namespace Mesh.EndToEnd.Tests.Namespaces;

/// <summary>Says to whoever connects which pod and port it is, and hangs up.</summary>
internal sealed class SayingListener : IAsyncDisposable
{
    private readonly Socket _socket;

    private SayingListener(Socket socket) => _socket = socket;

    public static async Task<SayingListener> StartAsync(Pod pod, int port)
    {
        var listener = new SayingListener(await pod.BindAsync(port));
        listener._socket.Listen();
        _ = listener.ServeAsync(Encoding.ASCII.GetBytes($"{pod.Name}:{port}"));
        return listener;
    }

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task ServeAsync(byte[] words)
    {
        try
        {
            while (true)
            {
                using var connection = await _socket.AcceptAsync();
                await connection.SendAsync(words);
                connection.Shutdown(SocketShutdown.Send);
            }
        }
        catch (SocketException)
        {
            // Disposed.
        }
    }
}
