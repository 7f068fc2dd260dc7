using Mesh.Api.Identity;

namespace Mesh.Api.Tests.Identity;

public sealed class SpiffeIdTests
{
    private static readonly string LongName = string.Join('.', Enumerable.Repeat(new string('a', 62), 4));

    [Theory]
    [InlineData("spiffe://cluster.local/ns/shop/sa/frontend", "cluster.local", "shop", "frontend")]
    [InlineData("spiffe://mesh_1.example/ns/a/sa/b.c-d", "mesh_1.example", "a", "b.c-d")]
    [InlineData("spiffe://td/ns/kube-system/sa/0", "td", "kube-system", "0")]
    public void Text_ReadsAsItIsWritten(string text, string trustDomain, string ns, string account)
    {
        Assert.True(SpiffeId.TryParse(text, out var id));
        Assert.Equal(new(trustDomain, ns, account), id);
        Assert.Equal(text, id.ToString());
        Assert.Equal($"{ns}/{account}", id.Workload);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("spiffe://cluster.local")]
    [InlineData("spiffe://cluster.local/")]
    [InlineData("spiffe://cluster.local/ns/shop/sa/frontend/")]
    [InlineData("spiffe://cluster.local/ns/shop/sa/")]
    [InlineData("spiffe://cluster.local/ns//sa/frontend")]
    [InlineData("spiffe:///ns/shop/sa/frontend")]
    [InlineData("spiffe://cluster.local//ns/shop/sa/frontend")]
    [InlineData("SPIFFE://cluster.local/ns/shop/sa/frontend")]
    [InlineData("spiffe://Cluster.local/ns/shop/sa/frontend")]
    [InlineData("spiffe://cluster.local/NS/shop/sa/frontend")]
    [InlineData("spiffe://cluster.local/ns/Shop/sa/frontend")]
    [InlineData("spiffe://cluster.local:443/ns/shop/sa/frontend")]
    [InlineData("spiffe://user@cluster.local/ns/shop/sa/frontend")]
    [InlineData("spiffe://cluster.local/ns/shop/sa/frontend?x=1")]
    [InlineData("spiffe://cluster.local/ns/shop/sa/frontend#x")]
    [InlineData("spiffe://cluster.local/ns/shop/sa/%66rontend")]
    [InlineData("spiffe://cluster.local/ns/shop/sa/..")]
    [InlineData("spiffe://cluster.local/ns/./sa/frontend")]
    [InlineData("spiffe://cluster.local/ns/shop/sa/front*")]
    [InlineData("spiffe://cluster.local/ns/shop/sa/front.+")]
    [InlineData("spiffe://cluster.local/ns/shop/sa/frontend\n")]
    [InlineData("spiffe://cluster.local/ns/shop/sa/frontend\0")]
    [InlineData("spiffe://cluster.local/ns/shop/sa/fröntend")]
    [InlineData("spiffe://cluster.local/ns/shop/sa/-a")]
    [InlineData("spiffe://cluster.local/ns/shop/serviceaccount/frontend")]
    [InlineData("https://cluster.local/ns/shop/sa/frontend")]
    public void AnyOtherText_NamesNobody(string? text)
    {
        Assert.False(SpiffeId.TryParse(text, out var id));
        Assert.Null(id);
    }

    [Fact]
    public void Names_AreAsLongAsKubernetesHasThem()
    {
        Assert.True(SpiffeId.TryParse($"spiffe://td/ns/{new string('n', 63)}/sa/{LongName}", out _));
        Assert.False(SpiffeId.TryParse($"spiffe://td/ns/{new string('n', 64)}/sa/a", out _));
        Assert.False(SpiffeId.TryParse($"spiffe://td/ns/a/sa/{LongName}.abc", out _));
        Assert.False(SpiffeId.TryParse($"spiffe://{new string('t', 256)}/ns/a/sa/b", out _));
    }

    [Fact]
    public void DotsInAName_StandForThemselves()
    {
        Assert.True(SpiffeId.TryParse("spiffe://td/ns/shop/sa/front.end", out var dotted));
        Assert.True(SpiffeId.TryParse("spiffe://td/ns/shop/sa/frontxend", out var other));
        Assert.NotEqual(dotted, other);
    }
}
