using System.Buffers.Binary;

namespace Mesh.Proxy.Channels;

/// <summary>
/// A frame's head: the channel's number in four bytes, the kind in one, a value in three; the most significant first. What is beyond it are
/// bytes of <see cref="FrameKind.Data"/>.
/// </summary>
internal readonly record struct Frame(FrameKind Kind, uint Channel, int Value)
{
    public const int HeadLength = 8;

    /// <summary>Bytes of data in one frame at most.</summary>
    public const int LongestData = 16 * 1024;

    private const int KindOffset = 4;
    private const int ValueBits = 24;

    public static Frame Read(ReadOnlySpan<byte> head)
    {
        var rest = BinaryPrimitives.ReadUInt32BigEndian(head[KindOffset..]);
        return new((FrameKind)(rest >> ValueBits), BinaryPrimitives.ReadUInt32BigEndian(head), (int)(rest & ((1 << ValueBits) - 1)));
    }

    public void Write(Span<byte> head)
    {
        BinaryPrimitives.WriteUInt32BigEndian(head, Channel);
        BinaryPrimitives.WriteUInt32BigEndian(head[KindOffset..], (uint)Kind << ValueBits | (uint)Value);
    }
}
