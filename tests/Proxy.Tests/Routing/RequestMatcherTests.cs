using System.Net;
using Mesh.Api.Discovery;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Tests.Routing;

public sealed class RequestMatcherTests
{
    private static readonly Caller Frontend = new("shop/frontend", IPAddress.Loopback);

    [Fact]
    public void NoCondition_HoldsForEveryRequest()
    {
        Assert.True(Matches(null, Frontend));
        Assert.True(Matches(new(), new("", null)));
    }

    [Theory]
    [InlineData("x-tier", true)]
    [InlineData("X-TIER", true)]
    [InlineData("x-tier", true, "gold")]
    [InlineData("x-tier", true, "silver", "gold")]
    [InlineData("x-tier", false, "GOLD")]
    [InlineData("x-other", false)]
    [InlineData("content-type", true, "text/plain; charset=utf-8")]
    public void Header_HoldsByPresenceOrByOneOfItsValues(string name, bool expected, params string[] values) =>
        Assert.Equal(expected, Matches(new() { Header = new() { Name = name, Values = { values } } }, Frontend));

    [Theory]
    [InlineData("shop/frontend", true)]
    [InlineData("shop/*", true)]
    [InlineData("*/frontend", true)]
    [InlineData("*", true)]
    [InlineData("shop/front", false)]
    [InlineData("Shop/frontend", false)]
    [InlineData("other/*", false)]
    public void Identity_HoldsByPattern(string pattern, bool expected)
    {
        Assert.Equal(expected, Matches(new() { Identities = { "nobody/else", pattern } }, Frontend));
    }

    [Fact]
    public void CallerWithoutIdentity_IsNobody() =>
        Assert.False(Matches(new() { Identities = { "shop/*" } }, new("", IPAddress.Loopback)));

    [Fact]
    public void HeaderAndIdentity_MustBothHold()
    {
        var match = new RequestMatch { Header = new() { Name = "x-tier" }, Identities = { "shop/frontend" } };

        Assert.True(Matches(match, Frontend));
        Assert.False(Matches(match, new("shop/payments", null)));
        match.Header.Name = "x-other";
        Assert.False(Matches(match, Frontend));
    }

    [Fact]
    public void Caller_OnADualStackSocket_HasItsIPv4Address() =>
        Assert.Equal("10.0.0.7", Caller.Of("", IPAddress.Parse("::ffff:10.0.0.7")).ToString());

    private static bool Matches(RequestMatch? match, Caller caller)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "http://mesh/") { Content = new StringContent("") };
        request.Headers.Add("x-tier", "bronze");
        request.Headers.Add("x-tier", "gold");
        return new RequestMatcher(match).Matches(request, caller);
    }
}
