using System.Net;
using System.Net.Sockets;

namespace Mesh.Bench.Load;

/// <summary>A closed loop of TCP work against an <see cref="EchoServer"/> behind a peer. Runs inside this program, off the measured core.</summary>
internal static class TcpLoad
{
    private const int BulkBlock = 256 * 1024;

    /// <summary>Bytes that went there and back, over connections that never pause.</summary>
    public static Task<double> BulkAsync(IPEndPoint address, int connections, TimeSpan length, TimeProvider time) =>
        RunAsync(connections, length, time, async over =>
        {
            using var socket = await ConnectAsync(address);
            var moved = 0L;
            var sending = SendUntilAsync(socket, over);
            var buffer = new byte[BulkBlock];
            while (await socket.ReceiveAsync(buffer) is > 0 and var received) moved += received;
            await sending;
            return moved;
        });

    /// <summary>Round trips of a hundred bytes.</summary>
    public static Task<double> PingPongAsync(IPEndPoint address, int connections, TimeSpan length, TimeProvider time) =>
        RunAsync(connections, length, time, async over =>
        {
            using var socket = await ConnectAsync(address);
            var trips = 0L;
            var buffer = new byte[100];
            for (; !over(); trips++) await PingAsync(socket, buffer);
            return trips;
        });

    /// <summary>Connections opened, used for one round trip, and closed.</summary>
    public static Task<double> ConnectionsAsync(IPEndPoint address, int connections, TimeSpan length, TimeProvider time) =>
        RunAsync(connections, length, time, async over =>
        {
            var opened = 0L;
            var buffer = new byte[1];
            for (; !over(); opened++)
            {
                using var socket = await ConnectAsync(address);
                await PingAsync(socket, buffer);
            }
            return opened;
        });

    /// <summary>Opens connections, each used once and then left alone.</summary>
    public static async Task<IReadOnlyList<Socket>> IdleAsync(IPEndPoint address, int count, Func<Socket, Task> use)
    {
        var sockets = new List<Socket>(count);
        foreach (var batch in Enumerable.Range(0, count).Chunk(100))
        {
            sockets.AddRange(await Task.WhenAll(batch.Select(async _ =>
            {
                var socket = await ConnectAsync(address);
                await use(socket);
                return socket;
            })));
        }
        return sockets;
    }

    public static async Task PingAsync(Socket socket, Memory<byte> buffer)
    {
        await socket.SendAsync(buffer);
        for (var received = 0; received < buffer.Length;)
        {
            var count = await socket.ReceiveAsync(buffer[received..]);
            if (count == 0) throw new SocketException((int)SocketError.ConnectionReset);
            received += count;
        }
    }

    private static async Task<double> RunAsync(int connections, TimeSpan length, TimeProvider time, Func<Func<bool>, Task<long>> work)
    {
        var start = time.GetTimestamp();
        bool IsOver() => time.GetElapsedTime(start) > length;
        var done = await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(() => work(IsOver))));
        return done.Sum();
    }

    private static async Task SendUntilAsync(Socket socket, Func<bool> over)
    {
        var block = new byte[BulkBlock];
        while (!over()) await socket.SendAsync(block);
        socket.Shutdown(SocketShutdown.Send);
    }

    private static async Task<Socket> ConnectAsync(IPEndPoint address)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(address);
        return socket;
    }
}
