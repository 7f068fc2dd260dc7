using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;

namespace Mesh.Operator.Hosting;

/// <summary>
/// The blocks that connections are read into and written from. A few are kept, and what a storm of connections took beyond is
/// garbage after it: Kestrel's own pool keeps for minutes what it had at the worst of moments.
/// </summary>
internal sealed class BlockPool : MemoryPool<byte>
{
    /// <summary>Bytes of a block, as Kestrel's pipes reckon with.</summary>
    public const int BlockSize = 4096;

    // 512 KiB: more than proxies use at a time while no storm goes on.
    private const int MostKept = 128;

    private readonly ConcurrentQueue<Block> _kept = [];
    private int _count;

    public override int MaxBufferSize => BlockSize;

    /// <summary>Blocks that nobody uses.</summary>
    public int Kept => Volatile.Read(ref _count);

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockSize);
        if (!_kept.TryDequeue(out var block)) return new Block(this);
        Interlocked.Decrement(ref _count);
        return block;
    }

    protected override void Dispose(bool disposing) => _kept.Clear();

    private void Return(Block block)
    {
        if (Interlocked.Increment(ref _count) <= MostKept) _kept.Enqueue(block);
        else Interlocked.Decrement(ref _count);
    }

    private sealed class Block(BlockPool pool) : IMemoryOwner<byte>
    {
        private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(BlockSize);

        public Memory<byte> Memory => _bytes;

        public void Dispose() => pool.Return(this);
    }

    /// <summary>Gives each listener a pool, which is the listener's to dispose of.</summary>
    internal sealed class Factory : IMemoryPoolFactory<byte>
    {
        public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => new BlockPool();
    }
}
