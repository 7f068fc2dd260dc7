using System.Buffers;
using System.Text;

namespace Mesh.Proxy.Sockets;

/// <summary>What waits to be sent, in one piece.</summary>
internal sealed class SendBuffer
{
    /// <summary>Bytes, at first: most heads with what small body there is.</summary>
    private const int FirstLength = 4 * 1024;

    private byte[] _bytes = [];
    private int _length;

    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, _length);

    /// <summary>Room that costs nothing more.</summary>
    public int Room => _bytes.Length - _length;

    public void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(RoomFor(bytes.Length));
        _length += bytes.Length;
    }

    /// <summary>Characters up to U+00FF, a byte each.</summary>
    public void Write(ReadOnlySpan<char> text) => _length += Encoding.Latin1.GetBytes(text, RoomFor(text.Length));

    public void WriteDecimal(long number)
    {
        const int MostDigits = 20;
        number.TryFormat(RoomFor(MostDigits), out var written);
        _length += written;
    }

    public void WriteHex(int number)
    {
        const int MostDigits = 8;
        number.TryFormat(RoomFor(MostDigits), out var written, "x");
        _length += written;
    }

    /// <summary>What was written has been sent.</summary>
    public void Clear() => _length = 0;

    /// <summary>Gives the memory back.</summary>
    public void Release()
    {
        if (_bytes.Length > 0) ArrayPool<byte>.Shared.Return(_bytes);
        (_bytes, _length) = ([], 0);
    }

    private Span<byte> RoomFor(int length)
    {
        if (Room < length) Grow(length);
        return _bytes.AsSpan(_length);
    }

    private void Grow(int length)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(FirstLength, _length + length));
        _bytes.AsSpan(0, _length).CopyTo(larger);
        if (_bytes.Length > 0) ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }
}
