using System.Net;
using Mesh.Api.Discovery;

namespace Mesh.Api.Tests.Discovery;

public sealed class AuthorityTests
{
    [Theory]
    [InlineData("catalog", "catalog", 80)]
    [InlineData("catalog:8080", "catalog", 8080)]
    [InlineData("Catalog.SHOP.svc", "catalog.shop.svc", 80)]
    [InlineData("catalog.shop.svc.cluster.local.", "catalog.shop.svc.cluster.local", 80)]
    [InlineData("catalog.:1", "catalog", 1)]
    [InlineData("my_service:65535", "my_service", 65535)]
    [InlineData("10.0.0.7:8080", "10.0.0.7", 8080)]
    [InlineData("10.0.0.7", "10.0.0.7", 80)]
    [InlineData("[::1]:8080", "::1", 8080)]
    [InlineData("[::1]", "::1", 80)]
    [InlineData("[FD00:0:0::7]:80", "fd00::7", 80)]
    [InlineData("catalog:080", "catalog", 80)]
    [InlineData("xn--bcher-kva.shop", "xn--bcher-kva.shop", 80)]
    [InlineData("3scale", "3scale", 80)]
    public void Authority_IsRead(string text, string host, int port)
    {
        Assert.True(Authority.TryParse(text, out var authority));
        Assert.Equal((host, port), (authority.Host, authority.Port));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(":80")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData(".catalog")]
    [InlineData("catalog..shop")]
    [InlineData("catalog..")]
    [InlineData("catalog:")]
    [InlineData("catalog:0")]
    [InlineData("catalog:65536")]
    [InlineData("catalog:-1")]
    [InlineData("catalog:+80")]
    [InlineData("catalog: 80")]
    [InlineData("catalog:80 ")]
    [InlineData("catalog:80:80")]
    [InlineData("catalog:http")]
    [InlineData("catalog:٨٠")]
    [InlineData("user@catalog")]
    [InlineData("user:secret@catalog:80")]
    [InlineData("catalog/path")]
    [InlineData("catalog?x")]
    [InlineData("http://catalog")]
    [InlineData("cata log")]
    [InlineData("catalog\r\nx: y")]
    [InlineData("catalog\0")]
    [InlineData("bücher")]
    [InlineData("%63atalog")]
    [InlineData("[]")]
    [InlineData("[")]
    [InlineData("]")]
    [InlineData("[::1")]
    [InlineData("[::1]x")]
    [InlineData("[::1]80")]
    [InlineData("[::1]:")]
    [InlineData("[10.0.0.7]:80")]
    [InlineData("[catalog]")]
    [InlineData("[::1%25eth0]")]
    [InlineData("[::1%1]:80")]
    [InlineData("[[::1]]")]
    [InlineData("[::1]:80]")]
    [InlineData("[[::1]:80]")]
    [InlineData("[::1]:8080:80")]
    [InlineData("[ ::1]")]
    [InlineData("::1")]
    [InlineData("fd00::7:8080")]
    public void OtherText_IsRefused(string? text)
    {
        Assert.False(Authority.TryParse(text, out var authority));
        Assert.Equal(default, authority);
        Assert.Equal("", authority.ToString());
    }

    // What a resolver makes of these differs; an address is the dotted quad and nothing else.
    [Theory]
    [InlineData("256.0.0.1")]
    [InlineData("1.2.3")]
    [InlineData("1.2.3.4.5")]
    [InlineData("0x7f.0.0.1")]
    [InlineData("0x7F000001")]
    [InlineData("010.0.0.7")]
    [InlineData("127.1")]
    [InlineData("2130706433")]
    [InlineData("1.2.3.4.")]
    public void AddressInAnyOtherSpelling_IsRefused(string text) => Assert.False(Authority.TryParse(text, out _));

    [Fact]
    public void NamespaceOfDigits_IsAName()
    {
        Assert.True(Authority.TryParse("catalog.2048", out var authority));
        Assert.Equal("catalog.2048", authority.Host);
    }

    [Fact]
    public void LongNames_AreBounded()
    {
        var label = new string('a', 63);

        Assert.True(Authority.TryParse(label, out _));
        Assert.False(Authority.TryParse(label + "a", out _));
        Assert.True(Authority.TryParse($"{label}.{label}.{label}.{label[..61]}", out _));
        Assert.False(Authority.TryParse($"{label}.{label}.{label}.{label[..62]}", out _));
    }

    [Fact]
    public void DefaultPort_HoldsWhereTheTextHasNone()
    {
        Assert.True(Authority.TryParse("catalog", out var without, defaultPort: 443));
        Assert.True(Authority.TryParse("catalog:80", out var with, defaultPort: 443));

        Assert.Equal((443, 80), (without.Port, with.Port));
    }

    [Theory]
    [InlineData("Catalog.", "catalog:80")]
    [InlineData("[0:0:0:0:0:0:0:1]", "[::1]:80")]
    [InlineData("10.0.0.7:80", "10.0.0.7")]
    public void SpellingsOfOneAuthority_AreEqual(string one, string other)
    {
        Assert.True(Authority.TryParse(one, out var a));
        Assert.True(Authority.TryParse(other, out var b));
        Assert.Equal(a, b);
        Assert.Equal(a.GetHashCode(), b.GetHashCode());
    }

    [Theory]
    [InlineData("10.0.0.7", 80, "10.0.0.7:80")]
    [InlineData("fd00::7", 80, "[fd00::7]:80")]
    public void EndpointKey_HasBracketsAroundIPv6(string address, int port, string key) => Assert.Equal(key, Authority.EndpointKey(address, port));

    [Fact]
    public void Address_IsThatOfTheHost()
    {
        Assert.True(Authority.TryParse("[fd00::7]:80", out var authority));
        Assert.Equal(IPAddress.Parse("fd00::7"), authority.Address);
    }

    [Fact]
    public void AnyText_IsRefusedOrReadsBackAsItself()
    {
        const string Alphabet = "aZ09.-_:[]%@/ \t\0é";
        var random = new Random(42);
        for (var i = 0; i < 200_000; i++)
        {
            var text = new string([.. Enumerable.Range(0, random.Next(0, 14)).Select(_ => Alphabet[random.Next(Alphabet.Length)])]);
            if (!Authority.TryParse(text, out var authority)) continue;

            Assert.True(Authority.TryParse(authority.ToString(), out var again), $"'{text}' was read as '{authority}', which is refused.");
            Assert.Equal(authority, again);
            Assert.InRange(authority.Port, 1, 65535);
            Assert.DoesNotContain(authority.Host, c => char.IsAsciiLetterUpper(c) || char.IsWhiteSpace(c) || c is '/' or '@' or '[' or ']');
        }
    }
}
