using System.Net;
using System.Net.Sockets;
using System.Text;
using Mesh.Rig;

namespace Mesh.Bench.Load;

/// <summary>Connections that come at a rate, whether or not the ones before are over: each is used once and closed.</summary>
internal static class ChurnLoad
{
    private const int TicksPerSecond = 100;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    // Who never says anything leaves once the proxy has stopped waiting for it (--detect-timeout, 100 ms).
    private static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(150);

    private static readonly byte[] Http11 = "GET / HTTP/1.1\r\nHost: web.bench\r\n\r\n"u8.ToArray();

    // The preface, empty SETTINGS, and a GET of "/" from "a" on stream 1: RFC 9113 sections 3.4 and 6.2, RFC 7541 appendix A.
    private static readonly byte[] Http2 =
    [
        .. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 6, 1, 5, 0, 0, 0, 1, 0x82, 0x86, 0x84, 0x41, 1, (byte)'a',
    ];

    /// <returns>How many there were.</returns>
    /// <exception cref="RigFailedException">One was not served.</exception>
    public static async Task<double> RunAsync(IPEndPoint address, ChurnKind kind, int perSecond, TimeSpan length, TimeProvider time)
    {
        var connections = new List<Task>();
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / TicksPerSecond), time);
        var start = time.GetTimestamp();
        for (var due = 0.0; time.GetElapsedTime(start) < length; await timer.WaitForNextTickAsync())
        {
            // A tick that came late brings those of the ones that it missed.
            for (due = perSecond * time.GetElapsedTime(start).TotalSeconds; connections.Count < due;) connections.Add(OneAsync(address, kind, time));
        }
        await Task.WhenAll(connections);
        return connections.Count;
    }

    private static async Task OneAsync(IPEndPoint address, ChurnKind kind, TimeProvider time)
    {
        try
        {
            await UseAsync(address, kind, time).WaitAsync(Patience, time);
        }
        catch (Exception failure) when (failure is SocketException or TimeoutException)
        {
            throw new RigFailedException($"a connection to {address} was not served: {failure.Message}");
        }
    }

    private static async Task UseAsync(IPEndPoint address, ChurnKind kind, TimeProvider time)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(address);
        switch (kind)
        {
            case ChurnKind.Tcp:
                await TcpLoad.PingAsync(socket, new byte[1]);
                break;
            case ChurnKind.Silent:
                await Task.Delay(Silence, time);
                break;
            default:
                await socket.SendAsync(kind is ChurnKind.Http11 ? Http11 : Http2);
                await ReceiveAnswerAsync(socket);
                break;
        }
    }

    // The backend's answer ends in its 1 KiB of x, with whatever framing around it.
    private static async Task ReceiveAnswerAsync(Socket socket)
    {
        var buffer = new byte[4096];
        for (var received = 0; !Encoding.ASCII.GetString(buffer, 0, received).Contains(new string('x', 1024), StringComparison.Ordinal);)
        {
            var count = await socket.ReceiveAsync(buffer.AsMemory(received));
            if (count is 0) throw new SocketException((int)SocketError.ConnectionReset);
            received += count;
        }
    }
}
