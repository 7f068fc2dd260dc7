using Mesh.Api.Paths;

namespace Mesh.Api.Tests.Paths;

public sealed class RequestPathTests
{
    [Theory]
    [InlineData("/", "/")]
    [InlineData("/charge", "/charge")]
    [InlineData("/charge/", "/charge")]
    [InlineData("/charge?to=//../x", "/charge")]
    [InlineData("/%63harge", "/charge")]
    [InlineData("/caf%C3%A9", "/café")]
    [InlineData("/a%20b", "/a b")]
    [InlineData("/a.b/..c", "/a.b/..c")]
    [InlineData("/Charge", "/Charge")]
    public void Path_HasOneReading(string target, string expected)
    {
        Assert.True(RequestPath.TryNormalise(target, out var path, out _));
        Assert.Equal(expected, path);
    }

    [Theory]
    [InlineData("//admin")]
    [InlineData("/a//b")]
    [InlineData("/a//")]
    [InlineData("/./admin")]
    [InlineData("/a/.")]
    [InlineData("/a/../admin")]
    [InlineData("/a/..")]
    [InlineData("/%2e%2e/admin")]
    [InlineData("/a/.%2E/admin")]
    [InlineData("/a%2fb")]
    [InlineData("/a%2Fb")]
    [InlineData("/a%5cb")]
    [InlineData("/a\\b")]
    [InlineData("/admin%00.html")]
    [InlineData("/admin%0a")]
    [InlineData("/%2561dmin")]
    [InlineData("/%252e%252e/admin")]
    [InlineData("/100%25")]
    [InlineData("/admin;jsessionid=1")]
    [InlineData("/public/..;/admin")]
    [InlineData("/admin%3bx")]
    [InlineData("/a%")]
    [InlineData("/a%4")]
    [InlineData("/a%zz")]
    [InlineData("/%ff")]
    [InlineData("/%c0%ae%c0%ae/admin")]
    [InlineData("admin")]
    [InlineData("")]
    public void PathThatOthersReadOtherwise_HasNone(string target)
    {
        Assert.False(RequestPath.TryNormalise(target, out var path, out var problem));
        Assert.Null(path);
        Assert.StartsWith("found ", problem, StringComparison.Ordinal);
    }
}
