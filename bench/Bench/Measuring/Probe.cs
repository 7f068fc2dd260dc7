using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Mesh.Bench.Measuring;

/// <summary>Asks a program whether it is ready, without waiting for it.</summary>
internal static class Probe
{
    /// <summary>Whether it accepts connections.</summary>
    public static bool Accepts(IPEndPoint address)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        return TryConnect(socket, address);
    }

    /// <summary>Whether it answers 200.</summary>
    public static bool Answers(Uri url)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        if (!TryConnect(socket, IPEndPoint.Parse(url.Authority))) return false;
        socket.Send(Encoding.ASCII.GetBytes($"GET {url.PathAndQuery} HTTP/1.1\r\nHost: {url.Authority}\r\n\r\n"));
        var answer = new byte[1024];
        return answer.AsSpan(0, socket.Receive(answer)).StartsWith("HTTP/1.1 200"u8);
    }

    private static bool TryConnect(Socket socket, IPEndPoint address)
    {
        try
        {
            socket.Connect(address);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
