using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Mesh.Rig;

namespace Mesh.Bench.Load;

/// <summary>An HTTP/1.1 connection with one request at a time, each with the time that it was due.</summary>
internal sealed class RatedConnection : IDisposable
{
    /// <summary>Of the backend's answer.</summary>
    private const int BodyLength = 1024;

    private static readonly byte[] Request = "GET / HTTP/1.1\r\nHost: web.bench\r\n\r\n"u8.ToArray();

    private readonly byte[] _buffer = new byte[8 * 1024];
    private int _received;
    private long _due;

    public RatedConnection(IPEndPoint address)
    {
        Socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        Socket.Connect(address);
        Socket.Blocking = false;
    }

    public Socket Socket { get; }

    /// <param name="due">The timestamp at which it should have been sent.</param>
    public void Send(long due)
    {
        (_due, _received) = (due, 0);
        // A request fits into the empty send buffer of a connection on which nothing else is under way.
        if (Socket.Send(Request, SocketFlags.None, out _) != Request.Length) throw new RigFailedException($"{Socket.RemoteEndPoint} took no request");
    }

    /// <summary>Reads what has come.</summary>
    /// <param name="latency">Of a whole answer: from when its request was due.</param>
    /// <returns>Whether the answer is whole.</returns>
    public bool TryReceive(out TimeSpan latency)
    {
        latency = default;
        var count = Socket.Receive(_buffer.AsSpan(_received), SocketFlags.None, out var error);
        if (error is SocketError.WouldBlock) return false;
        if (count <= 0) throw new RigFailedException($"a connection was closed with {error} while its answer was waited for");
        _received += count;
        var answer = _buffer.AsSpan(0, _received);
        var head = answer.IndexOf("\r\n\r\n"u8);
        if (head < 0 || _received < head + 4 + BodyLength) return false;
        if (!answer.StartsWith("HTTP/1.1 200"u8)) throw new RigFailedException($"not every answer was 200: {Encoding.ASCII.GetString(answer[..head])}");
        latency = Stopwatch.GetElapsedTime(_due);
        return true;
    }

    public void Dispose() => Socket.Dispose();
}
