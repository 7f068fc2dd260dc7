using System.Buffers.Binary;
using System.Text;

namespace Mesh.Scale.Proxies;

/// <summary>HTTP/2 frames (RFC 9113) as a gRPC client writes them, one after the other in one buffer.</summary>
internal sealed class FrameWriter
{
    private const int FrameHead = 9;
    private const int MessageHead = 5;
    private const byte Data = 0;
    private const byte Headers = 1;
    private const byte Settings = 4;
    private const byte Ping = 6;
    private const byte WindowUpdate = 8;
    private const byte Acknowledged = 1;
    private const byte EndHeaders = 4;
    private const int LargestWindow = int.MaxValue;
    private const int FirstWindow = 65_535;

    private byte[] _buffer = new byte[2048];
    private int _length;

    public ReadOnlyMemory<byte> Written => _buffer.AsMemory(0, _length);

    public void Clear() => _length = 0;

    /// <summary>Opens the connection, with windows that no run of the simulator uses up.</summary>
    public void Preface()
    {
        Write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8);
        Head(12, Settings, 0, 0);
        // SETTINGS_HEADER_TABLE_SIZE 0, as nothing is decoded; SETTINGS_INITIAL_WINDOW_SIZE.
        Write([0, 1, 0, 0, 0, 0, 0, 4]);
        Number(LargestWindow);
        Head(4, WindowUpdate, 0, 0);
        Number(LargestWindow - FirstWindow);
    }

    /// <summary>Opens a stream with a call of <paramref name="path"/>, by literals that enter no table (RFC 7541, 6.2.2).</summary>
    public void Call(int stream, string path, string authority)
    {
        var block = new List<byte> { 0x83, 0x86 }; // :method POST, :scheme http
        block.AddRange([0x04, (byte)path.Length, .. Encoding.ASCII.GetBytes(path)]);
        block.AddRange([0x01, (byte)authority.Length, .. Encoding.ASCII.GetBytes(authority)]);
        block.AddRange([0x0f, 0x10, 16, .. "application/grpc"u8]); // content-type, 31 in the static table
        block.AddRange([0x00, 2, .. "te"u8, 8, .. "trailers"u8]);
        Head(block.Count, Headers, EndHeaders, stream);
        Write([.. block]);
    }

    /// <summary>Sends a message on a stream.</summary>
    public void Message(int stream, ReadOnlySpan<byte> message)
    {
        Head(MessageHead + message.Length, Data, 0, stream);
        Write([0]);
        Number(message.Length);
        Write(message);
    }

    /// <summary>Sends ProxyMessage.acknowledge; written by hand, since it is nearly all that is ever sent.</summary>
    public void Acknowledge(int stream, ReadOnlySpan<byte> destination, ulong version)
    {
        Span<byte> message = stackalloc byte[16 + destination.Length];
        Span<byte> hash = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(hash, version);
        ((ReadOnlySpan<byte>)[0x22, (byte)(destination.Length + 11), 0x0a, (byte)destination.Length]).CopyTo(message);
        destination.CopyTo(message[4..]);
        message[4 + destination.Length] = 0x11;
        hash.CopyTo(message[(5 + destination.Length)..]);
        Message(stream, message[..(13 + destination.Length)]);
    }

    public void SettingsAcknowledged() => Head(0, Settings, Acknowledged, 0);

    public void Pong(ReadOnlySpan<byte> payload)
    {
        Head(payload.Length, Ping, Acknowledged, 0);
        Write(payload);
    }

    private void Head(int length, byte type, byte flags, int stream)
    {
        Span<byte> head = stackalloc byte[FrameHead];
        BinaryPrimitives.WriteInt32BigEndian(head, length << 8);
        (head[3], head[4]) = (type, flags);
        BinaryPrimitives.WriteInt32BigEndian(head[5..], stream);
        Write(head);
    }

    private void Number(int number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        Write(bytes);
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        if (_length + bytes.Length > _buffer.Length) Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _length + bytes.Length));
        bytes.CopyTo(_buffer.AsSpan(_length));
        _length += bytes.Length;
    }
}
