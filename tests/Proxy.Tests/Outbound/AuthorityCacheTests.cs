using Mesh.Proxy.Outbound;

namespace Mesh.Proxy.Tests.Outbound;

public class AuthorityCacheTests
{
    private readonly AuthorityCache _cache = new();

    [Fact]
    public void Text_MeansTheSameEachTime()
    {
        for (var i = 0; i < 2; i++)
        {
            Assert.True(_cache.TryParse("CATALOG.shop", out var authority));
            Assert.Equal(TestProxy.Catalog, authority);
        }
        Assert.Equal(1, _cache.Count);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("a b")]
    public void TextThatIsNoAuthority_IsNotKept(string? text)
    {
        Assert.False(_cache.TryParse(text, out _));
        Assert.Equal(0, _cache.Count);
    }

    [Fact]
    public void MadeUpNames_DontFillTheMemory()
    {
        for (var i = 0; i < 3 * AuthorityCache.Capacity; i++) Assert.True(_cache.TryParse($"name-{i}", out _));
        Assert.True(_cache.TryParse("a:" + new string('0', 1000) + "80", out _));

        Assert.InRange(_cache.Count, 1, AuthorityCache.Capacity);
    }
}
