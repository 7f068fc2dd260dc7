using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Mesh.Proxy.Tests.Conformance;

/// <summary>An HTTP/2 connection frame by frame: RFC 9113 section 4. It keeps no rules, so that a test can break them.</summary>
internal sealed class RawHttp2(NetworkStream stream) : IDisposable
{
    public const byte Data = 0, Headers = 1, Reset = 3, Settings = 4, PushPromise = 5, Ping = 6, GoAway = 7, WindowUpdate = 8, Continuation = 9;

    public const byte EndStream = 1, Ack = 1, EndHeaders = 4, Padded = 8;

    // RFC 9113 section 6.5.2.
    public const ushort HeaderTableSize = 1, EnablePush = 2, MaxConcurrentStreams = 3, InitialWindowSize = 4, MaxFrameSize = 5;

    // Read while something else was waited for.
    private readonly Queue<(byte Type, byte Flags, int StreamId, byte[] Payload)> _kept = new();

    /// <summary>Bytes of bodies that have come.</summary>
    public int Received { get; private set; }

    /// <summary>Requests that have come, and that nobody has asked for yet.</summary>
    public int Requests => _kept.Count(frame => frame.Type is Headers);

    /// <summary>What the other side has set.</summary>
    public List<(ushort Setting, uint Value)> PeersSettings { get; } = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>A client that has sent its preface and empty SETTINGS.</summary>
    public static async Task<RawHttp2> ConnectAsync(IPEndPoint server, byte[]? settings = null)
    {
        var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(server, Cancellation);
        return await BeginAsync(client.GetStream(), settings);
    }

    /// <summary>The same on a connection that there is.</summary>
    public static async Task<RawHttp2> BeginAsync(NetworkStream stream, byte[]? settings = null)
    {
        await stream.WriteAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray(), Cancellation);
        var connection = new RawHttp2(stream);
        await connection.SendAsync(Settings, 0, 0, settings ?? []);
        return connection;
    }

    /// <summary>A block of fields, each a literal without indexing: RFC 7541 section 6.2.2.</summary>
    public static byte[] Block(params (string Name, string Value)[] fields)
    {
        var block = new List<byte>();
        foreach (var (name, value) in fields)
        {
            block.Add(0);
            AppendText(block, name);
            AppendText(block, value);
        }
        return [.. block];
    }

    /// <summary>The block of a GET.</summary>
    public static byte[] Get(params (string Name, string Value)[] more) =>
        Block([(":method", "GET"), (":scheme", "http"), (":path", "/a"), (":authority", "a"), .. more]);

    /// <summary>The payload of SETTINGS.</summary>
    public static byte[] Values(params (ushort Setting, uint Value)[] settings)
    {
        var payload = new byte[6 * settings.Length];
        for (var i = 0; i < settings.Length; i++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(payload.AsSpan(6 * i), settings[i].Setting);
            BinaryPrimitives.WriteUInt32BigEndian(payload.AsSpan((6 * i) + 2), settings[i].Value);
        }
        return payload;
    }

    /// <summary>Four bytes: a code, an increment, a stream.</summary>
    public static byte[] Word(int value)
    {
        var word = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(word, value);
        return word;
    }

    public async Task SendAsync(byte type, byte flags, int streamId, byte[] payload)
    {
        var frame = new byte[9 + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, payload.Length << 8 | type);
        frame[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), streamId);
        payload.CopyTo(frame, 9);
        await stream.WriteAsync(frame, Cancellation);
    }

    /// <summary>The next frame; null where the connection has ended.</summary>
    public async Task<(byte Type, byte Flags, int StreamId, byte[] Payload)?> ReadAsync() => _kept.TryDequeue(out var kept) ? kept : await ReadFromWireAsync();

    /// <summary>Waits until the other side has seen all that was sent to it, and said what it had to say before.</summary>
    public async Task RoundTripAsync()
    {
        await SendAsync(Ping, 0, 0, new byte[8]);
        while (await ReadFromWireAsync() is { } frame && frame is not { Type: Ping, Flags: Ack })
        {
            if (frame.Type is not Settings) _kept.Enqueue(frame);
            else if ((frame.Flags & Ack) is 0) await AcknowledgeAsync();
        }
    }

    /// <summary>The next piece of a body.</summary>
    public async Task<byte[]> DataAsync(int streamId)
    {
        while (await ReadAsync() is { } frame)
        {
            if (frame.Type is Data && frame.StreamId == streamId && frame.Payload.Length > 0) return frame.Payload;
        }
        throw new EndOfStreamException("the connection ended before the body did");
    }

    /// <summary>What is left of a body, as text.</summary>
    public async Task<string> BodyAsync(int streamId)
    {
        var body = new StringBuilder();
        while (await ReadAsync() is { } frame)
        {
            if (frame.Type is not Data || frame.StreamId != streamId) continue;
            body.Append(Encoding.Latin1.GetString(frame.Payload));
            if ((frame.Flags & EndStream) is not 0) break;
        }
        return body.ToString();
    }

    private async Task<(byte Type, byte Flags, int StreamId, byte[] Payload)?> ReadFromWireAsync()
    {
        try
        {
            var head = new byte[9];
            await stream.ReadExactlyAsync(head, Cancellation);
            var payload = new byte[BinaryPrimitives.ReadInt32BigEndian(head) >>> 8];
            await stream.ReadExactlyAsync(payload, Cancellation);
            if (head[3] is Data) Received += payload.Length;
            for (var i = 0; head[3] is Settings && i < payload.Length; i += 6)
                PeersSettings.Add((BinaryPrimitives.ReadUInt16BigEndian(payload.AsSpan(i)), BinaryPrimitives.ReadUInt32BigEndian(payload.AsSpan(i + 2))));
            return (head[3], head[4], BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(5)), payload);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>The next request that a server gets: its stream, and whether it has ended with its fields.</summary>
    public async Task<(int StreamId, bool HasEnded)> RequestAsync()
    {
        while (await ReadAsync() is { } frame)
        {
            if (frame.Type is Settings && (frame.Flags & Ack) is 0) await AcknowledgeAsync();
            if (frame.Type is Headers) return (frame.StreamId, (frame.Flags & EndStream) is not 0);
        }
        throw new EndOfStreamException("the connection ended before a request came");
    }

    /// <summary>Answers as a server: 200, and no body.</summary>
    public Task AcceptAsync(int streamId, params (string Name, string Value)[] more) => SendAsync(Headers, EndHeaders | EndStream, streamId, Block([(":status", "200"), .. more]));

    /// <summary>How a stream, or the connection, comes to its end: <c>RST_STREAM 1</c>, <c>GOAWAY 1</c>, <c>closed</c>, or <c>END_STREAM</c>.</summary>
    public async Task<string> OutcomeAsync(int streamId)
    {
        while (await ReadAsync() is { } frame)
        {
            if (frame.Type is Settings && (frame.Flags & Ack) is 0) await AcknowledgeAsync();
            else if (frame.Type is GoAway) return $"GOAWAY {BinaryPrimitives.ReadInt32BigEndian(frame.Payload.AsSpan(4))}";
            else if (frame.StreamId != streamId) continue;
            else if (frame.Type is Reset) return $"RST_STREAM {BinaryPrimitives.ReadInt32BigEndian(frame.Payload)}";
            else if (frame.Type is Data or Headers && (frame.Flags & EndStream) is not 0) return "END_STREAM";
        }
        return "closed";
    }

    /// <summary>All that an answer's fields and body say, as text, once it has ended.</summary>
    public async Task<string> AnswerAsync(int streamId)
    {
        var answer = new StringBuilder();
        while (await ReadAsync() is { } frame)
        {
            if (frame.Type is Settings && (frame.Flags & Ack) is 0) await AcknowledgeAsync();
            if (frame.StreamId != streamId) continue;
            if (frame.Type is Data or Headers or Continuation) answer.Append(Encoding.Latin1.GetString(frame.Payload));
            if (frame.Type is Reset || frame.Type is Data or Headers && (frame.Flags & EndStream) is not 0) break;
        }
        return answer.ToString();
    }

    public void Dispose() => stream.Socket.Dispose();

    private async Task AcknowledgeAsync()
    {
        try
        {
            await SendAsync(Settings, Ack, 0, []);
        }
        catch (IOException)
        {
            // The proxy has ended the connection already; what it said before is still to be read.
        }
    }

    private static void AppendText(List<byte> block, string text)
    {
        var bytes = Encoding.Latin1.GetBytes(text);
        if (bytes.Length < 127) block.Add((byte)bytes.Length);
        else
        {
            block.Add(127);
            var rest = bytes.Length - 127;
            for (; rest >= 128; rest >>= 7) block.Add((byte)(rest % 128 | 128));
            block.Add((byte)rest);
        }
        block.AddRange(bytes);
    }
}
