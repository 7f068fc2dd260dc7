using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace Mesh.LocalCluster.Network;

/// <summary>A question to DNS (RFC 1035), and the answer to it.</summary>
/// <param name="Message">The question as it came.</param>
/// <param name="Length">Of the header and the one question.</param>
/// <param name="Name">What is asked for.</param>
/// <param name="Type">Which kind of record.</param>
internal sealed record DnsQuestion(byte[] Message, int Length, string Name, ushort Type)
{
    private const int HeaderLength = 12;
    private const ushort TypeA = 1;
    private const ushort AnswerFlags = 0x8580;   // an authoritative response; recursion is available
    private const ushort NoSuchName = 3;
    private const int Seconds = 5;

    /// <summary>Null where it's none that this server understands.</summary>
    public static DnsQuestion? Read(byte[] message)
    {
        var labels = new List<string>();
        var position = HeaderLength;
        while (position < message.Length && message[position] is > 0 and < 64 and var length && position + length < message.Length)
        {
            labels.Add(Encoding.ASCII.GetString(message, position + 1, length));
            position += 1 + length;
        }

        if (position + 5 > message.Length || message[position] != 0) return null;
        return new(message, position + 5, string.Join('.', labels), BinaryPrimitives.ReadUInt16BigEndian(message.AsSpan(position + 1)));
    }

    /// <param name="addresses">Those of the name; null: there is no such name.</param>
    public byte[] Answer(IReadOnlyList<IPAddress>? addresses)
    {
        var records = Type == TypeA ? addresses ?? [] : [];
        var answer = new byte[Length + records.Count * 16];
        Message.AsSpan(0, Length).CopyTo(answer);
        Write(answer, 2, (ushort)(AnswerFlags | (addresses is null ? NoSuchName : 0)));
        Write(answer, 4, 1);
        Write(answer, 6, (ushort)records.Count);
        Write(answer, 8, 0);
        Write(answer, 10, 0);
        foreach (var (i, address) in records.Index()) WriteRecord(answer.AsSpan(Length + i * 16), address);
        return answer;
    }

    // The name by a pointer to the question's, the type, the class (internet), how long it holds, and the address.
    private static void WriteRecord(Span<byte> record, IPAddress address)
    {
        Write(record, 0, 0xC000 | HeaderLength);
        Write(record, 2, TypeA);
        Write(record, 4, 1);
        Write(record, 6, 0);
        Write(record, 8, Seconds);
        Write(record, 10, 4);
        address.TryWriteBytes(record[12..], out _);
    }

    private static void Write(Span<byte> to, int position, ushort value) => BinaryPrimitives.WriteUInt16BigEndian(to[position..], value);
}
