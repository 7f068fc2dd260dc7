using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Mesh.Api.Discovery;

namespace Mesh.Scale.Proxies;

/// <summary>
/// An HTTP/2 connection with the gRPC streams of some proxies. The stock client would take more of the machine for ten thousand of
/// them than the operator does.
/// </summary>
internal sealed class DiscoveryConnection(IPEndPoint address, IReadOnlyList<SimulatedProxy> proxies, Crowd crowd)
{
    private const int FrameHead = 9;
    private const int FirstStream = 1;
    private static readonly string Path = $"/{DiscoveryService.Descriptor.FullName}/{nameof(DiscoveryService.DiscoveryServiceBase.Stream)}";

    private readonly FrameWriter _output = new();
    private byte[] _input = new byte[4096];
    private volatile Socket? _socket;

    private enum FrameType : byte
    {
        Data = 0,
        Headers = 1,
        Reset = 3,
        Settings = 4,
        Ping = 6,
        GoAway = 7,
    }

    /// <summary>Opens it, and returns when it is over, however that comes.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address, stop);
            _socket = socket;
            Open();
            await SendAsync(socket, stop);
            var held = 0;
            while (await socket.ReceiveAsync(_input.AsMemory(held), stop) is > 0 and var received)
            {
                crowd.Received(received);
                if (!TakeFrames(held + received, out held)) return;
                await SendAsync(socket, stop);
                if (held == _input.Length) Array.Resize(ref _input, 2 * _input.Length);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            return;
        }
        finally
        {
            _socket = null;
        }
    }

    /// <summary>Ends it, as a pod's end does; the proxies come back as others that know nothing.</summary>
    public void Replace()
    {
        foreach (var proxy in proxies) proxy.Forget();
        _socket?.Dispose();
    }

    private void Open()
    {
        _output.Clear();
        _output.Preface();
        for (var i = 0; i < proxies.Count; i++)
        {
            _output.Call(StreamOf(i), Path, address.ToString());
            proxies[i].Open(StreamOf(i), _output);
        }
    }

    private static int StreamOf(int proxy) => FirstStream + (2 * proxy);

    private async ValueTask SendAsync(Socket socket, CancellationToken stop)
    {
        for (var rest = _output.Written; rest.Length > 0;)
        {
            var sent = await socket.SendAsync(rest, stop);
            crowd.Sent(sent);
            rest = rest[sent..];
        }
        _output.Clear();
    }

    /// <returns>False where the other side has ended a stream, or the connection.</returns>
    private bool TakeFrames(int length, out int held)
    {
        var rest = _input.AsSpan(0, length);
        while (rest.Length >= FrameHead && (BinaryPrimitives.ReadInt32BigEndian(rest) >>> 8) is var size && rest.Length >= FrameHead + size)
        {
            if (!Take((FrameType)rest[3], rest[4], BinaryPrimitives.ReadInt32BigEndian(rest[5..]), rest.Slice(FrameHead, size)))
            {
                held = 0;
                return false;
            }
            rest = rest[(FrameHead + size)..];
        }
        rest.CopyTo(_input);
        held = rest.Length;
        return true;
    }

    private bool Take(FrameType type, byte flags, int stream, ReadOnlySpan<byte> payload)
    {
        const byte First = 1; // ACK of settings and pings, END_STREAM of headers
        switch (type)
        {
            case FrameType.Data:
                proxies[(stream - FirstStream) / 2].Receive(stream, payload, _output);
                return true;
            case FrameType.Settings when (flags & First) == 0:
                _output.SettingsAcknowledged();
                return true;
            case FrameType.Ping when (flags & First) == 0:
                _output.Pong(payload);
                return true;
            case FrameType.Headers:
                return (flags & First) == 0;
            default:
                return type is not (FrameType.Reset or FrameType.GoAway);
        }
    }
}
