using System.Net;
using Mesh.Api.Discovery;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Tests.Routing;

public sealed class StickyKeyTests
{
    private static readonly Caller Application = new("shop/frontend", IPAddress.Parse("10.0.0.9"));

    [Fact]
    public void Header_DecidesByItsValue()
    {
        var key = New(new() { Header = "x-user" });
        Assert.NotNull(key.Of(Request("X-User", "alice"), Application));
        Assert.Equal(key.Of(Request("X-User", "alice"), Application), key.Of(Request("x-user", "alice"), Application));
        Assert.NotEqual(key.Of(Request("X-User", "alice"), Application), key.Of(Request("X-User", "bob"), Application));
        Assert.Null(key.Of(Request("X-Other", "alice"), Application));
    }

    [Theory]
    [InlineData("session=abc")]
    [InlineData("a=b; session=abc")]
    [InlineData("a=b;session=abc;c=d")]
    [InlineData("sessions=x; xsession=y; session=abc")]
    public void Cookie_IsFoundAmongOthers(string cookies)
    {
        var key = New(new() { Cookie = "session" });
        Assert.Equal(key.Of(Request("Cookie", "session=abc"), Application), key.Of(Request("Cookie", cookies), Application));
    }

    [Theory]
    [InlineData("sessions=abc")]
    [InlineData("session")]
    [InlineData("Session=abc")]
    public void OtherCookies_AreNotTakenForIt(string cookies) => Assert.Null(New(new() { Cookie = "session" }).Of(Request("Cookie", cookies), Application));

    [Fact]
    public void Caller_IsItsAddress()
    {
        var key = New(new() { Caller = true });
        Assert.Equal(key.Of(new(), Application), New(new() { Caller = true }, "other-proxy").Of(new(), Application));
        Assert.NotEqual(key.Of(new(), Application), key.Of(new(), Application with { Address = IPAddress.Parse("10.0.0.8") }));
        Assert.Null(key.Of(new(), new("", null)));
    }

    [Fact]
    public void CallerOnLoopback_IsToldApartByItsProxy()
    {
        var local = Application with { Address = IPAddress.Loopback };
        Assert.NotEqual(New(new() { Caller = true }, "proxy-a").Of(new(), local), New(new() { Caller = true }, "proxy-b").Of(new(), local));
    }

    [Fact]
    public void OtherAlgorithms_HaveNoKey() =>
        Assert.Null(StickyKey.Of(new() { Algorithm = LoadBalancerAlgorithm.PeakEwma, Hash = new() { Header = "x-user" } }, "proxy"));

    private static StickyKey New(HashKey by, string proxy = "proxy") => StickyKey.Of(new() { Algorithm = LoadBalancerAlgorithm.Maglev, Hash = by }, proxy)!;

    private static HttpRequestMessage Request(string header, string value)
    {
        var request = new HttpRequestMessage();
        request.Headers.TryAddWithoutValidation(header, value);
        return request;
    }
}
