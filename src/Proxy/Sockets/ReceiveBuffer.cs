using System.Buffers;
using System.Runtime.CompilerServices;

namespace Mesh.Proxy.Sockets;

/// <summary>What has been received and not read yet. It holds memory only while there is something, or something is on its way.</summary>
/// <param name="firstLength">Bytes, of what it holds first.</param>
internal sealed class ReceiveBuffer(int firstLength)
{
    private byte[] _bytes = [];
    private int _start, _end;

    public ReadOnlySpan<byte> Unread => _bytes.AsSpan(_start, _end - _start);

    /// <summary>The same, for who waits while it is sent.</summary>
    public ReadOnlyMemory<byte> UnreadMemory => _bytes.AsMemory(_start, _end - _start);

    public int Length => _end - _start;

    public bool IsEmpty => _start == _end;

    /// <summary>Bytes, of what it holds first once it has held nothing.</summary>
    public int FirstLength { get; set; } = firstLength;

    /// <returns>Room to receive into; <see cref="Add(int)"/> says how much has been.</returns>
    public Memory<byte> MakeRoom()
    {
        if (IsEmpty) (_start, _end) = (0, 0);
        if (_end == _bytes.Length) Grow();
        return _bytes.AsMemory(_end);
    }

    public void Add(int received) => _end += received;

    /// <summary>Adds what has been received elsewhere.</summary>
    public void Add(ReadOnlySpan<byte> received)
    {
        while (!received.IsEmpty)
        {
            var room = MakeRoom().Span;
            var taken = Math.Min(room.Length, received.Length);
            received[..taken].CopyTo(room);
            Add(taken);
            received = received[taken..];
        }
    }

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
        var receiving = stream.ReadAsync(MakeRoom(), cancellationToken);
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
        Add(received);
        return received > 0;
    }

    private void Grow()
    {
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
