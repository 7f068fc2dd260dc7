using System.Buffers.Binary;
using System.Text;

namespace Mesh.Proxy.Http1;

/// <summary>
/// Texts by the bytes that stand for them. Servers send the same names and values with every answer; those seen last are kept, so
/// that each needn't be made anew. Two threads may write to a slot: each reads a text that is right, or none.
/// </summary>
internal static class TextCache
{
    private const int Slots = 512;

    // Bytes. What is longer seldom comes twice: cookies, locations.
    private const int LongestText = 64;

    private static readonly string?[] Texts = new string?[Slots];

    /// <param name="bytes">Latin-1.</param>
    public static string Get(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty) return "";
        if (bytes.Length > LongestText) return Encoding.Latin1.GetString(bytes);
        ref var slot = ref Texts[Hash(bytes) % Slots];
        if (slot is { } text && text.Length == bytes.Length && Ascii.Equals(bytes, text)) return text;
        return slot = Encoding.Latin1.GetString(bytes);
    }

    // Both ends tell most texts apart; what falls together costs a string.
    private static uint Hash(ReadOnlySpan<byte> bytes)
    {
        ulong ends = bytes.Length switch
        {
            >= 8 => BinaryPrimitives.ReadUInt64LittleEndian(bytes) * 31 + BinaryPrimitives.ReadUInt64LittleEndian(bytes[^8..]),
            >= 4 => ((ulong)BinaryPrimitives.ReadUInt32LittleEndian(bytes) << 32) + BinaryPrimitives.ReadUInt32LittleEndian(bytes[^4..]),
            _ => ((ulong)bytes[0] << 16) + ((ulong)bytes[bytes.Length / 2] << 8) + bytes[^1],
        };
        return (uint)(((ends + (ulong)bytes.Length) * 0x9E3779B97F4A7C15) >> 40);
    }
}
