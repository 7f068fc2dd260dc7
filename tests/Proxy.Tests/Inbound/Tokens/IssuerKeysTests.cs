using System.Net;
using Mesh.Api.Discovery;
using Mesh.Proxy.Inbound.Tokens;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Proxy.Tests.Inbound.Tokens;

/// <summary>Where keys come from, how often, and for how long they hold: in virtual time.</summary>
public sealed class IssuerKeysTests
{
    private static readonly JwtIssuer Remote = new() { Issuer = TestIssuer.Name, JwksUri = "https://issuer.example/keys", Header = "authorization" };

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task KeysThatComeWithThePolicy_AreThereAtOnce_AndNothingIsFetched()
    {
        var server = new PlayedKeyServer { Answer = () => throw new InvalidOperationException() };
        using var keys = new IssuerKeys(new() { Issuer = TestIssuer.Name, Jwks = new TestIssuer().Jwks }, server.NewFetcher(_time), _time, NullLogger.Instance);
        keys.Start();

        Assert.Single(await keys.FindAsync("one", Cancellation));
        Assert.Single(await keys.FindAsync("unknown", Cancellation));
        Assert.Equal(0, server.Requests);
    }

    [Fact]
    public async Task Keys_AreFetchedFromTheOneAddress_AndAgainWhenATokenNamesAnother_AtMostEvery30Seconds()
    {
        var (first, second) = (new TestIssuer("one"), new TestIssuer("two"));
        var server = new PlayedKeyServer { Answer = () => PlayedKeyServer.Json(first.Jwks) };
        using var keys = new IssuerKeys(Remote, server.NewFetcher(_time), _time, NullLogger.Instance);
        Assert.Equal(["one"], (await keys.FindAsync("one", Cancellation)).Select(key => key.KeyId));

        for (var i = 0; i < 100; i++) await keys.FindAsync("made-up", Cancellation);
        Assert.Equal(1, server.Requests);

        server.Answer = () => PlayedKeyServer.Json(TestIssuer.JwksOf(first, second));
        _time.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(["one", "two"], (await keys.FindAsync("two", Cancellation)).Select(key => key.KeyId));
        Assert.All(server.Addresses, address => Assert.Equal(new Uri("https://issuer.example/keys"), address));
    }

    [Fact]
    public async Task IssuerThatCantBeReached_KeepsItsKeysForADay_AndThenHasNone()
    {
        var server = new PlayedKeyServer { Answer = () => PlayedKeyServer.Json(new TestIssuer().Jwks) };
        using var keys = new IssuerKeys(Remote, server.NewFetcher(_time), _time, NullLogger.Instance);
        Assert.Single(await keys.FindAsync("one", Cancellation));

        server.Answer = () => throw new HttpRequestException("down");
        _time.Advance(TimeSpan.FromHours(23));
        Assert.Single(await keys.FindAsync("one", Cancellation));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Empty(await keys.FindAsync("one", Cancellation));
    }

    [Theory]
    [InlineData("not found")]
    [InlineData("redirection")]
    [InlineData("too large")]
    [InlineData("no json")]
    [InlineData("no keys")]
    [InlineData("secret keys")]
    public async Task AnswerThatCantBeUsed_GivesNoKeys(string kind)
    {
        var server = new PlayedKeyServer
        {
            Answer = () => kind switch
            {
                "not found" => new(HttpStatusCode.NotFound),
                "redirection" => new(HttpStatusCode.Found) { Headers = { Location = new("https://169.254.169.254/latest/meta-data") } },
                "too large" => PlayedKeyServer.Json(new TestIssuer().Jwks + new string(' ', 300_000)),
                "no json" => PlayedKeyServer.Json("<html>"),
                "no keys" => PlayedKeyServer.Json("""{"keys": []}"""),
                _ => PlayedKeyServer.Json("""{"keys": [{"kty": "oct", "kid": "one", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA"}]}"""),
            },
        };
        using var keys = new IssuerKeys(Remote, server.NewFetcher(_time), _time, NullLogger.Instance);

        Assert.Empty(await keys.FindAsync("one", Cancellation));
        Assert.Equal(1, server.Requests);
    }

    [Fact]
    public async Task Fetching_GoesOnInTheBackground()
    {
        var server = new PlayedKeyServer { Answer = () => PlayedKeyServer.Json(new TestIssuer().Jwks) };
        using var keys = new IssuerKeys(Remote, server.NewFetcher(_time), _time, NullLogger.Instance);
        keys.Start();
        await Condition.HoldsAsync(() => server.Requests == 1);

        await Condition.HoldsAsync(() =>
        {
            _time.Advance(TimeSpan.FromMinutes(1));
            return server.Requests >= 3;
        });
    }

    [Fact]
    public async Task Plaintext_IsNotFetched()
    {
        var server = new PlayedKeyServer { Answer = () => PlayedKeyServer.Json(new TestIssuer().Jwks) };
        using var fetcher = server.NewFetcher(_time);

        await Assert.ThrowsAsync<InvalidDataException>(() => fetcher.FetchAsync(new("http://issuer.example/keys"), Cancellation));
        Assert.Equal(0, server.Requests);
    }
}
