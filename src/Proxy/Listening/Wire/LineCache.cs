using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace Mesh.Proxy.Listening.Wire;

/// <summary>
/// What lines of heads were read as, for those seen last: peers send the same ones again and again. A line is the same where each of its
/// bytes is. Two threads may write to a slot: each finds what is right, or nothing.
/// </summary>
internal sealed class LineCache<T>
{
    private const int Slots = 256;

    // Bytes. What is longer seldom comes twice: cookies, locations, tokens.
    private const int LongestKept = 96;

    private readonly Entry?[] _slots = new Entry?[Slots];

    public bool TryGet(ReadOnlySpan<byte> line, [MaybeNullWhen(false)] out T read)
    {
        var known = line.Length is 0 or > LongestKept ? null : _slots[SlotOf(line)];
        var isSame = known is not null && line.SequenceEqual(known.Line);
        read = isSame ? known!.Read : default;
        return isSame;
    }

    /// <summary>Keeps it, but where it is too long.</summary>
    public void Keep(ReadOnlySpan<byte> line, T read)
    {
        if (line.Length is > 0 and <= LongestKept) _slots[SlotOf(line)] = new(line.ToArray(), read);
    }

    // Both ends tell most lines apart; those that fall together are read each time.
    private static uint SlotOf(ReadOnlySpan<byte> line)
    {
        var ends = line.Length < sizeof(ulong) ? line[0] : BinaryPrimitives.ReadUInt64LittleEndian(line) * 31 + BinaryPrimitives.ReadUInt64LittleEndian(line[^sizeof(ulong)..]);
        return (uint)(((ends + (ulong)line.Length) * 0x9E3779B97F4A7C15) >> 40) % Slots;
    }

    private sealed record Entry(byte[] Line, T Read);
}
