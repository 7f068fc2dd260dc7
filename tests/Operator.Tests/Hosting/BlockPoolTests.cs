using Mesh.Operator.Hosting;

namespace Mesh.Operator.Tests.Hosting;

public class BlockPoolTests
{
    [Fact]
    public void Block_IsUsedAgain()
    {
        using var pool = new BlockPool();
        var first = pool.Rent();
        first.Dispose();

        Assert.Same(first, pool.Rent(BlockPool.BlockSize));
        Assert.NotSame(first, pool.Rent());
    }

    [Fact]
    public void AfterAStorm_FewAreKept()
    {
        using var pool = new BlockPool();
        var blocks = Enumerable.Range(0, 10_000).Select(_ => pool.Rent()).ToList();
        foreach (var block in blocks) block.Dispose();

        Assert.InRange(pool.Kept, 1, 2_000);
    }

    [Fact]
    public void MoreThanABlock_IsRefused()
    {
        using var pool = new BlockPool();

        Assert.Throws<ArgumentOutOfRangeException>(() => pool.Rent(BlockPool.BlockSize + 1));
    }
}
