using Mesh.Api.Discovery;
using Mesh.Proxy.LoadBalancing;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Proxy.Tests.LoadBalancing;

public sealed class ZoneTests
{
    private readonly FakeTimeProvider _time = new();
    private int _made;

    [Fact]
    public void Hints_AreHonouredWhereAllHaveThemAndSomeAreForHere()
    {
        var set = New("a", ZonePreference.Hints, Hinted("a"), Hinted("a", "b"), Hinted("b"));
        Assert.Equal(set.All.Take(2), Used(set));
    }

    [Fact]
    public void HintsOfAnOperatorThatSaysNoPreference_AreHonoured()
    {
        var set = New("a", ZonePreference.Unspecified, Hinted("a"), Hinted("b"));
        Assert.Equal(set.All.Take(1), Used(set));
    }

    [Fact]
    public void Hints_SayNothingWhereOneEndpointHasNone()
    {
        var set = New("a", ZonePreference.Hints, Hinted("a"), Hinted("b"), Zoned("a"));
        Assert.Equal(set.All, Used(set));
    }

    [Fact]
    public void Hints_SayNothingWhereNoneIsForHere()
    {
        var set = New("c", ZonePreference.Hints, Hinted("a"), Hinted("b"));
        Assert.Equal(set.All, Used(set));
    }

    [Theory]
    [InlineData("", ZonePreference.Prefer)]
    [InlineData("a", ZonePreference.Any)]
    public void WithoutAZoneOrAPreference_AllAreUsed(string zone, ZonePreference preference)
    {
        var set = New(zone, preference, Hinted("a"), Hinted("b"));
        Assert.Equal(set.All, Used(set));
    }

    [Fact]
    public void Preference_KeepsRequestsInTheZoneHoweverFewAreThere()
    {
        var set = New("a", ZonePreference.Prefer, Zoned("a"), Zoned("b"), Zoned("b"), Zoned("b"));
        foreach (var endpoint in set.All) Answer(set, endpoint, 10);
        Assert.Equal(set.All.Take(1), Used(set));
    }

    [Fact]
    public void Preference_SaysNothingWhereNoEndpointIsInTheZone()
    {
        var set = New("c", ZonePreference.Prefer, Zoned("a"), Zoned("b"));
        Assert.Equal(set.All, Used(set));
    }

    [Theory]
    [InlineData(10, 10, 0)]
    [InlineData(19, 10, 0)]
    [InlineData(30, 10, 0.33)]
    [InlineData(40, 10, 0.5)]
    [InlineData(200, 10, 0.9)]
    public void SlowZone_LosesRequestsAsItGetsSlower(int near, int far, double share)
    {
        var set = New("a", ZonePreference.Prefer, Zoned("a"), Zoned("b"));
        for (var i = 0; i < 2; i++)
        {
            Answer(set, set.All[1], far);
            Answer(set, set.All[0], near);
        }
        Assert.InRange(ShareOf(set, set.All[1]), share - 0.04, share + 0.04);
    }

    [Fact]
    public void SlowZone_IsLeftForOneThatWasNeverAsked_AndReturnedToWhenItRecovers()
    {
        var set = New("a", ZonePreference.Prefer, Zoned("a"), Zoned("b"));
        Answer(set, set.All[0], 10, seconds: 60);
        Assert.Equal(0, ShareOf(set, set.All[1]));
        Answer(set, set.All[0], 100, seconds: 20);
        Assert.InRange(ShareOf(set, set.All[1]), 0.1, 0.5);
        Answer(set, set.All[1], 10);
        Assert.InRange(ShareOf(set, set.All[1]), 0.7, 0.9);
        Answer(set, set.All[0], 10, seconds: 60);
        Assert.Equal(0, ShareOf(set, set.All[1]));
    }

    [Fact]
    public void ZoneThatShedsThoughItAnswersInTime_LosesRequests_UntilItHasRoomAgain()
    {
        var set = New("a", ZonePreference.Prefer, Zoned("a"), Zoned("b"));
        for (var i = 0; i < 200; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(50));
            if (i % 10 == 0) set.Report(new(set.All[0]), new(AttemptEnd.Shed, 503, null, TimeSpan.FromMilliseconds(1)));
            else Answer(set, set.All[0], 50);
            Answer(set, set.All[1], 50);
        }
        Assert.InRange(ShareOf(set, set.All[1]), 0.15, 0.5);
        Answer(set, set.All[0], 50, seconds: 60);
        Assert.Equal(0, ShareOf(set, set.All[1]));
    }

    [Fact]
    public void PeaksThatEveryServiceHas_AreNoReasonToLeave()
    {
        var random = new Random(1);
        var set = New("a", ZonePreference.Prefer, Zoned("a"), Zoned("a"), Zoned("b"));
        for (var i = 0; i < 10_000; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(10));
            var lease = set.Lease([])!.Value;
            set.Report(lease, new(AttemptEnd.Answered, 200, null, TimeSpan.FromMilliseconds(random.Next(50) == 0 ? 100 : 2 + random.Next(6))));
            Assert.NotSame(set.All[2], lease.Endpoint);
        }
    }

    [Fact]
    public void NoiseBelowAMillisecond_IsNoReasonToLeave()
    {
        var set = New("a", ZonePreference.Prefer, Zoned("a"), Zoned("b"));
        Answer(set, set.All[1], 0.1);
        Answer(set, set.All[0], 0.9);
        Assert.Equal(0, ShareOf(set, set.All[1]));
    }

    [Theory]
    [InlineData(ZonePreference.Hints)]
    [InlineData(ZonePreference.Prefer)]
    public void ZoneThatIsEjected_IsLeft(ZonePreference preference)
    {
        var set = New("a", preference, Hinted("a"), Hinted("b"), Hinted("b"));
        for (var i = 0; i < 5; i++)
        {
            set.All[0].Breaker!.TryEnter(out var ticket);
            set.Report(new(set.All[0], set, set.All[0].Breaker, ticket), new(AttemptEnd.Answered, 500, null, TimeSpan.Zero));
        }
        Assert.Equal(EndpointState.Ejected, set.All[0].State);
        Assert.Equal(set.All.Skip(1), Used(set));
    }

    [Fact]
    public void RetryInAZoneWithNothingElse_LeavesIt()
    {
        var set = New("a", ZonePreference.Hints, Hinted("a"), Hinted("b"));
        var tried = new Attempt(new(set.All[0]));
        Assert.Same(set.All[1], set.Lease([tried])!.Value.Endpoint);
    }

    [Fact]
    public void Keys_StayInTheHintedZone()
    {
        var set = New("a", ZonePreference.Hints, Hinted("a"), Hinted("a"), Hinted("b"));
        set.Configure(BreakerPolicies.EjectingAfter(5, algorithm: LoadBalancerAlgorithm.Maglev));
        var used = Enumerable.Range(0, 100).Select(i => set.Lease([], HashTable.HashOf($"{i}"))!.Value.Endpoint).ToHashSet();
        Assert.Equal(set.All.Take(2).ToHashSet(), used);
    }

    private EndpointSet New(string zone, ZonePreference preference, params LiveEndpoint[] endpoints)
    {
        var set = new EndpointSet(new Random(1), _time, zone);
        var policy = BreakerPolicies.EjectingAfter(5);
        policy.LoadBalancer.Zone = preference;
        set.Configure(policy);
        set.Replace(endpoints);
        return set;
    }

    private LiveEndpoint Zoned(string zone) => Endpoints.One(++_made, _time, zone: zone);

    private LiveEndpoint Hinted(params string[] zones) => Endpoints.One(++_made, _time, zone: zones[0], forZones: zones);

    private static void Answer(EndpointSet set, LiveEndpoint endpoint, double milliseconds) =>
        set.Report(new(endpoint), new(AttemptEnd.Answered, 200, null, TimeSpan.FromMilliseconds(milliseconds)));

    private void Answer(EndpointSet set, LiveEndpoint endpoint, double milliseconds, int seconds)
    {
        for (var i = 0; i < seconds; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            Answer(set, endpoint, milliseconds);
        }
    }

    private static IEnumerable<LiveEndpoint> Used(EndpointSet set)
    {
        var used = Enumerable.Range(0, 300).Select(_ => set.Lease([])!.Value.Endpoint).ToHashSet();
        return set.All.Where(used.Contains);
    }

    private static double ShareOf(EndpointSet set, LiveEndpoint endpoint) =>
        Enumerable.Range(0, 5000).Count(_ => set.Lease([])!.Value.Endpoint == endpoint) / 5000.0;
}
