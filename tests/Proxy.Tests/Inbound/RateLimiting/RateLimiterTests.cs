using System.Net;
using Google.Protobuf.WellKnownTypes;
using Mesh.Proxy.Inbound.RateLimiting;
using Mesh.Proxy.Routing;
using Microsoft.Extensions.Time.Testing;
using Rate = Mesh.Api.Discovery.TokenBucket;

namespace Mesh.Proxy.Tests.Inbound.RateLimiting;

public sealed class RateLimiterTests
{
    private static readonly Caller A = new("", IPAddress.Parse("10.0.0.1"));
    private static readonly Caller B = new("", IPAddress.Parse("10.0.0.2"));

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Total_IsForAllTogether()
    {
        var limiter = new RateLimiter(new() { Total = Every(burst: 2) }, _time);

        Assert.True(Admit(limiter, A).Admitted);
        Assert.True(Admit(limiter, B).Admitted);
        var refused = Admit(limiter, A);
        Assert.Equal((false, "total", TimeSpan.FromSeconds(1)), (refused.Admitted, refused.Limit.Name, refused.Take.Reset));
    }

    [Fact]
    public void Caller_HasABucketForEachAddress_OrIdentityWhereverItComesFrom()
    {
        var limiter = new RateLimiter(new() { Caller = Every(burst: 1) }, _time);
        Assert.True(Admit(limiter, A).Admitted);
        Assert.False(Admit(limiter, A).Admitted);
        Assert.True(Admit(limiter, B).Admitted);

        Assert.True(Admit(limiter, A with { Identity = "shop/frontend" }).Admitted);
        Assert.False(Admit(limiter, B with { Identity = "shop/frontend" }).Admitted);
    }

    [Fact]
    public void Header_HasABucketForEachValue_AndOneForThoseWithout()
    {
        var limiter = new RateLimiter(new() { Header = Every(burst: 1), HeaderName = "x-api-key" }, _time);
        var longA = new string('k', 4000) + "a";
        var longB = new string('k', 4000) + "b";

        foreach (var key in new[] { "a", "b", null, longA, longB })
        {
            Assert.True(Admit(limiter, A, key).Admitted);
            Assert.False(Admit(limiter, B, key).Admitted);
        }
        Assert.Equal(5, limiter.HeaderValues);
    }

    [Fact]
    public void RequestThatOneLimitRefuses_TakesNothingFromTheOthers()
    {
        var limiter = new RateLimiter(
            new() { Total = Every(burst: 3), Caller = Every(burst: 2), Header = Every(burst: 1), HeaderName = "x-api-key" }, _time);
        Assert.True(Admit(limiter, A, "key").Admitted);
        for (var i = 0; i < 10; i++) Assert.Equal("header", Admit(limiter, A, "key").Limit.Name);
        Assert.True(Admit(limiter, A, "other").Admitted);
        for (var i = 0; i < 10; i++) Assert.Equal("caller", Admit(limiter, A, "third").Limit.Name);
        Assert.True(Admit(limiter, B, "third").Admitted);
        for (var i = 0; i < 10; i++) Assert.Equal("total", Admit(limiter, B, "fourth").Limit.Name);

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(Admit(limiter, B, "fourth").Admitted);
    }

    [Fact]
    public void AdmittedRequest_IsToldOfTheLimitWithTheLeastLeft()
    {
        var limiter = new RateLimiter(new() { Total = Every(burst: 9), Caller = Every(burst: 3) }, _time);
        var verdict = Admit(limiter, A);

        Assert.Equal("\"caller\";r=2;t=1", verdict.Limit.Say(verdict.Take));
    }

    [Theory]
    [InlineData(100, 1000, 100, "\"total\";q=100;w=1")]
    [InlineData(100, 60_000, 200, "\"total\";q=100;w=60;mesh-burst=200")]
    [InlineData(10, 100, 10, "\"total\";q=100;w=1;mesh-burst=10")]
    [InlineData(150, 1500, 200, "\"total\";q=200;w=2")]
    public void Policy_IsSaidInWholeSeconds(uint requests, int milliseconds, uint burst, string expected)
    {
        var rate = new Rate { Requests = requests, Per = Duration.FromTimeSpan(TimeSpan.FromMilliseconds(milliseconds)), Burst = burst };

        Assert.Equal(expected, new RateLimiter(new() { Total = rate }, _time).Policy);
    }

    private static Rate Every(uint burst) => new() { Requests = 1, Per = Duration.FromTimeSpan(TimeSpan.FromSeconds(1)), Burst = burst };

    private static RateLimitVerdict Admit(RateLimiter limiter, Caller caller, string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://mesh/");
        if (key is not null) request.Headers.Add("x-api-key", key);
        return limiter.Admit(request, caller);
    }
}
