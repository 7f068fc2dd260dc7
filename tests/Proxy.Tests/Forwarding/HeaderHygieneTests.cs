using Mesh.Proxy.Forwarding;

namespace Mesh.Proxy.Tests.Forwarding;

public class HeaderHygieneTests
{
    [Theory]
    [InlineData("Content-Language", "Content-Length Content-Type")]
    [InlineData("content-type,Content-Length", "Content-Language Content-Length")]
    public void FieldsOfTheBodyThatConnectionNames_EndHere_ExceptItsLength(string connection, string left)
    {
        using var forwarded = new HttpRequestMessage { Content = new StringContent("a") { Headers = { ContentLength = 1, ContentLanguage = { "en" } } } };
        HeaderHygiene.CleanRequest(new HeaderDictionary(), connection.Split(',', StringSplitOptions.TrimEntries), forwarded, staysInMesh: false);

        Assert.Equal(left, string.Join(' ', forwarded.Content.Headers.Select(header => header.Key).Order(StringComparer.Ordinal)));
    }

    [Theory]
    [InlineData("x-hop", "x-other")]
    [InlineData("close, X-Hop", "x-other")]
    [InlineData("X-Hop,keep-alive , x-other")]
    [InlineData("close", "x-hop x-other")]
    [InlineData("Host, close", "x-hop x-other")]
    public void FieldsThatConnectionNames_EndHere(string connection, string left = "")
    {
        using var forwarded = new HttpRequestMessage { Headers = { { "x-hop", "1" }, { "x-other", "1" } } };
        HeaderHygiene.CleanRequest(new HeaderDictionary(), connection.Split(',', StringSplitOptions.TrimEntries), forwarded, staysInMesh: false);

        Assert.Equal(left, string.Join(' ', forwarded.Headers.Select(header => header.Key)));
    }
}
