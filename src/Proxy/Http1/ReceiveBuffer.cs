using System.Buffers;
using System.Runtime.CompilerServices;

namespace Mesh.Proxy.Http1;

/// <summary>What has been received and not read yet. It holds memory only while an answer is on its way.</summary>
internal sealed class ReceiveBuffer
{
    /// <summary>Bytes: a head with a small body.</summary>
    private const int FirstLength = 8 * 1024;

    private byte[] _bytes = [];
    private int _start, _end;

    public ReadOnlySpan<byte> Unread => _bytes.AsSpan(_start, _end - _start);

    /// <summary>The same, for who waits while it is sent.</summary>
    public ReadOnlyMemory<byte> UnreadMemory => _bytes.AsMemory(_start, _end - _start);

    public bool IsEmpty => _start == _end;

    public void Advance(int count) => _start += count;

    /// <summary>Moves what fits into <paramref name="destination"/>.</summary>
    public int Take(Span<byte> destination)
    {
        var taken = Math.Min(destination.Length, _end - _start);
        _bytes.AsSpan(_start, taken).CopyTo(destination);
        _start += taken;
        return taken;
    }

    /// <summary>Receives more behind what is unread.</summary>
    /// <returns>False at the stream's end.</returns>
    public ValueTask<bool> FillAsync(Stream stream, CancellationToken cancellationToken)
    {
        MakeRoom();
        var receiving = stream.ReadAsync(_bytes.AsMemory(_end), cancellationToken);
        return receiving.IsCompletedSuccessfully ? new(Take(receiving.Result)) : TakeAsync(receiving);
    }

    /// <summary>Gives the memory back. Nothing may be receiving into it.</summary>
    public void Release()
    {
        if (_bytes.Length > 0) ArrayPool<byte>.Shared.Return(_bytes);
        (_bytes, _start, _end) = ([], 0, 0);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> TakeAsync(ValueTask<int> receiving) => Take(await receiving);

    private bool Take(int received)
    {
        _end += received;
        return received > 0;
    }

    private void MakeRoom()
    {
        if (IsEmpty) (_start, _end) = (0, 0);
        if (_end < _bytes.Length) return;
        if (_start is 0)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(FirstLength, _bytes.Length * 2));
            Unread.CopyTo(larger);
            if (_bytes.Length > 0) ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = larger;
            return;
        }
        Unread.CopyTo(_bytes);
        (_start, _end) = (0, _end - _start);
    }
}
