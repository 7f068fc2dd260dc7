using Mesh.Api.Interception;

namespace Mesh.Api.Tests.Interception;

public sealed class RangeTests
{
    [Theory]
    [InlineData("8080", "8080")]
    [InlineData("1-65535", "1-65535")]
    [InlineData("80-80", "80")]
    public void Ports_AreRead(string text, string expected)
    {
        Assert.True(PortRange.TryParse(text, out var range));
        Assert.Equal(expected, range.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("65536")]
    [InlineData("9000-")]
    [InlineData("-9000")]
    [InlineData("2-1")]
    [InlineData("1-2-3")]
    [InlineData("+80")]
    [InlineData("http")]
    public void WhatIsNoPort_IsRefused(string text) => Assert.False(PortRange.TryParse(text, out _));

    [Fact]
    public void Ports_MergeWhereTheyOverlapOrTouch()
    {
        PortRange[] ranges = [new(90, 95), new(22, 22), new(80, 89), new(81, 82), new(100, 100), new(22, 22)];

        Assert.Equal("22 80-95 100", string.Join(' ', PortRange.Merge(ranges)));
    }

    [Theory]
    [InlineData("10.0.0.7", "10.0.0.7/32")]
    [InlineData("10.0.0.0/8", "10.0.0.0/8")]
    [InlineData("0.0.0.0/0", "0.0.0.0/0")]
    [InlineData("fd00::7", "fd00::7/128")]
    [InlineData("fd00::/8", "fd00::/8")]
    public void Cidrs_AreRead(string text, string expected)
    {
        Assert.True(AddressRange.TryParse(text, out var range));
        Assert.Equal(expected, range.ToString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("10.0.0.1/8")]
    [InlineData("10.1/16")]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.0/")]
    [InlineData("fe80::1%eth0")]
    [InlineData("catalog")]
    public void WhatIsNoCidr_IsRefused(string? text) => Assert.False(AddressRange.TryParse(text, out _));

    [Fact]
    public void Cidrs_WithinOthersAreDropped()
    {
        var ranges = new[] { "10.1.0.0/16", "fd01::/16", "10.0.0.0/8", "192.0.2.1", "10.0.0.0/8" }.Select(text => AddressRange.TryParse(text, out var range) ? range : default);

        Assert.Equal("10.0.0.0/8 fd01::/16 192.0.2.1/32", string.Join(' ', AddressRange.Merge(ranges)));
    }
}
