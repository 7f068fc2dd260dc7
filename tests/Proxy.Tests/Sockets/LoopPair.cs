using System.Net;
using System.Net.Sockets;
using System.Text;
using Mesh.Proxy.Sockets;

namespace Mesh.Proxy.Tests.Sockets;

/// <summary>A connection with one end on an event loop.</summary>
internal sealed class LoopPair : IAsyncDisposable
{
    private LoopPair(EventLoop loop, TcpSocket socket, Socket peer) => (Loop, Socket, Peer) = (loop, socket, peer);

    public EventLoop Loop { get; }

    public TcpSocket Socket { get; }

    public Socket Peer { get; }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<LoopPair> OpenAsync()
    {
        var loop = new EventLoop("test");
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var accepting = listener.AcceptSocketAsync(Cancellation);
        var socket = await OnAsync(loop, async () => await TcpSocket.ConnectAsync(loop, (IPEndPoint)listener.LocalEndpoint, Cancellation));
        var peer = await accepting;
        peer.NoDelay = true;
        return new(loop, socket, peer);
    }

    /// <summary>Runs it on the loop, and whoever awaits it elsewhere.</summary>
    public Task<T> OnLoopAsync<T>(Func<Task<T>> run) => OnAsync(Loop, run);

    /// <summary>Begins it on the loop, and comes back while it is under way.</summary>
    public Task<Task<T>> BeginAsync<T>(Func<ValueTask<T>> begin) => OnLoopAsync(() => Task.FromResult(begin().AsTask()));

    public Task SendAsync(string text) => Peer.SendAsync(Encoding.ASCII.GetBytes(text), Cancellation).AsTask();

    /// <summary>Sends so many bytes from another thread, each by itself: 0, 1, and so on, round and round.</summary>
    public Task SendOneByOneAsync(int count) => Task.Run(async () =>
    {
        for (var i = 0; i < count; i++)
        {
            await Peer.SendAsync(new byte[] { (byte)i }, Cancellation);
            if (i % 7 is 0) await Task.Yield();
        }
    }, Cancellation);

    public Task CloseAsync() => OnLoopAsync(() =>
    {
        Socket.Dispose();
        return Task.FromResult(0);
    });

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        Loop.Dispose();
        Peer.Dispose();
    }

    private static Task<T> OnAsync<T>(EventLoop loop, Func<Task<T>> run) => Task.Run(async () =>
    {
        await loop.SwitchAsync();
        var result = await run();
        // Whoever goes on with it mustn't do so on the loop.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        return result;
    }, Cancellation);
}
