using Mesh.Api.Discovery;
using Mesh.Proxy.CircuitBreaking;
using Mesh.Proxy.LoadBalancing;
using Mesh.Proxy.Tests.Routing;
using Microsoft.Extensions.Time.Testing;
using Breaker = Mesh.Proxy.CircuitBreaking.Breaker;

namespace Mesh.Proxy.Tests.LoadBalancing;

public sealed class EjectionTests
{
    private static readonly AttemptVerdict Success = new(AttemptEnd.Answered, 200, null, TimeSpan.FromMilliseconds(1));
    private static readonly AttemptVerdict Failure = Success with { Status = 500 };
    private static readonly AttemptVerdict Abandoned = new(AttemptEnd.Cancelled, 0, null, TimeSpan.Zero);

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void EndpointThatKeepsFailing_IsPassedOver()
    {
        var set = New(3);
        Fail(set, set.All[0], times: 5);
        Assert.Equal(EndpointState.Ejected, set.All[0].State);
        Assert.Equal(1, set.Ejected(BreakerTrigger.ConsecutiveFailures));
        Assert.DoesNotContain(set.All[0], Leases(set, 200));
    }

    [Fact]
    public void FewerFailures_EjectNobody()
    {
        var set = New(3);
        Fail(set, set.All[0], times: 4);
        Assert.Equal(EndpointState.Available, set.All[0].State);
    }

    [Theory]
    [InlineData(1, 100, 0)]
    [InlineData(2, 0, 1)]
    [InlineData(2, 50, 1)]
    [InlineData(2, 100, 2)]
    [InlineData(3, 50, 1)]
    [InlineData(3, 67, 2)]
    [InlineData(10, 9, 1)]
    [InlineData(10, 50, 5)]
    [InlineData(10, 59, 5)]
    [InlineData(100, 50, 50)]
    [InlineData(100, 99, 99)]
    public async Task Cap_HoldsExactly_WhoeverFailsAtOnce(int endpoints, uint maxEjectedPercent, int expected)
    {
        var set = New(endpoints, BreakerPolicies.EjectingAfter(2, maxEjectedPercent));
        using var start = new Barrier(4);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(seed => Task.Run(() =>
        {
            var order = set.All.ToArray();
            new Random(seed).Shuffle(order);
            start.SignalAndWait(TestContext.Current.CancellationToken);
            for (var round = 0; round < 5; round++)
            {
                foreach (var endpoint in order)
                {
                    Fail(set, endpoint, times: 1);
                    // Nobody returns meanwhile: what is counted one after the other is never more than were out at the end.
                    Assert.InRange(Out(set), 0, expected);
                }
            }
        }, TestContext.Current.CancellationToken)));
        Assert.Equal(expected, Out(set));
    }

    [Fact]
    public void EndpointWhoseTimeIsUp_GetsOneRequestUntilThatIsAnswered()
    {
        var set = New(3);
        Fail(set, set.All[0], times: 5);
        _time.Advance(BreakerPolicies.OpenFor);
        Assert.Equal(EndpointState.HalfOpen, set.All[0].State);

        var leases = Enumerable.Range(0, 100).Select(_ => set.Lease([])!.Value).ToList();
        var probe = Assert.Single(leases, lease => lease.Endpoint == set.All[0]);

        set.Report(probe, Success);
        Assert.Equal(EndpointState.Available, set.All[0].State);
        Assert.Contains(set.All[0], Leases(set, 100));
    }

    [Fact]
    public async Task RequestsAtOnce_SendOneProbe()
    {
        for (var round = 0; round < 50; round++)
        {
            var set = New(3);
            Fail(set, set.All[0], times: 5);
            _time.Advance(BreakerPolicies.OpenFor);
            var leases = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => set.Lease([])!.Value)));
            Assert.Single(leases, lease => lease.Endpoint == set.All[0]);
        }
    }

    [Fact]
    public void ProbeThatFails_EjectsForTwiceAsLong()
    {
        var set = New(3);
        Fail(set, set.All[0], times: 5);
        _time.Advance(BreakerPolicies.OpenFor);
        set.Report(set.Lease([])!.Value, Failure);
        Assert.Equal(1, set.Ejected(BreakerTrigger.Probe));

        _time.Advance(BreakerPolicies.OpenFor);
        Assert.Equal(EndpointState.Ejected, set.All[0].State);
        _time.Advance(BreakerPolicies.OpenFor);
        Assert.Equal(EndpointState.HalfOpen, set.All[0].State);
    }

    [Fact]
    public void ProbeWhoseClientLeaves_IsFollowedByAnotherInASecond()
    {
        var set = New(3);
        Fail(set, set.All[0], times: 5);
        _time.Advance(BreakerPolicies.OpenFor);
        set.Report(set.Lease([])!.Value, Abandoned);
        Assert.NotSame(set.All[0], set.Lease([])!.Value.Endpoint);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Same(set.All[0], set.Lease([])!.Value.Endpoint);
    }

    [Fact]
    public void Retries_AreNoProbes()
    {
        var set = New(3);
        Fail(set, set.All[0], times: 5);
        _time.Advance(BreakerPolicies.OpenFor);
        var tried = new Attempt(new(set.All[1]));
        for (var i = 0; i < 100; i++) Assert.Same(set.All[2], set.Lease([tried])!.Value.Endpoint);
    }

    [Fact]
    public void AvailableEndpoint_IsTriedAgainBeforeAnEjectedOne()
    {
        var set = New(2);
        Fail(set, set.All[0], times: 5);
        var tried = new Attempt(new(set.All[1]));
        Assert.Same(set.All[1], set.Lease([tried])!.Value.Endpoint);
    }

    [Fact]
    public void FewerEndpoints_LetAsManyReturnAsAreTooMany_TheEarliestFirst()
    {
        var set = New(10);
        foreach (var endpoint in set.All.Take(5))
        {
            Fail(set, endpoint, times: 5);
            _time.Advance(TimeSpan.FromSeconds(1));
        }
        var ejected = set.All.Take(5).ToList();
        set.Replace([.. ejected, .. set.All.Skip(9)]);

        Assert.Equal(3, Out(set));
        Assert.Equal([EndpointState.Available, EndpointState.Available, EndpointState.Ejected, EndpointState.Ejected, EndpointState.Ejected], ejected.Select(endpoint => endpoint.State));
        set.Replace([.. ejected.Skip(4)]);
        Assert.Equal(EndpointState.Available, ejected[4].State);
    }

    [Fact]
    public void EndpointThatLeft_CountsNoMore()
    {
        var set = New(4);
        Fail(set, set.All[0], times: 5);
        Fail(set, set.All[1], times: 5);
        Fail(set, set.All[2], times: 5);
        Assert.Equal(EndpointState.Available, set.All[2].State);

        set.Replace([.. set.All.Skip(1), Endpoints.One(9, _time)]);
        Fail(set, set.All[1], times: 1);
        Assert.Equal(EndpointState.Ejected, set.All[1].State);
    }

    [Fact]
    public void ChangedPolicy_KeepsWhatIsEjectedUnlessItIsAboutThat()
    {
        var set = New(3);
        Fail(set, set.All[0], times: 5);
        set.Configure(BreakerPolicies.EjectingAfter(5, maxEjectedPercent: 34, algorithm: LoadBalancerAlgorithm.RoundRobin));
        Assert.Equal(EndpointState.Ejected, set.All[0].State);
        set.Configure(BreakerPolicies.EjectingAfter(6));
        Assert.Equal(EndpointState.Available, set.All[0].State);
        Fail(set, set.All[0], times: 6);
        Assert.Equal(EndpointState.Ejected, set.All[0].State);
        set.Configure(Policies.Default());
        Assert.Equal(EndpointState.Available, set.All[0].State);
    }

    [Fact]
    public void LowerCap_HoldsAtOnce()
    {
        var set = New(10);
        foreach (var endpoint in set.All) Fail(set, endpoint, times: 5);
        Assert.Equal(5, Out(set));
        set.Configure(BreakerPolicies.EjectingAfter(5, maxEjectedPercent: 20));
        Assert.Equal(2, Out(set));
    }

    [Fact]
    public void AllEjected_NothingIsPicked()
    {
        var set = New(2, BreakerPolicies.EjectingAfter(5, maxEjectedPercent: 100));
        foreach (var endpoint in set.All) Fail(set, endpoint, times: 5);
        Assert.Null(set.Lease([]));
        _time.Advance(BreakerPolicies.OpenFor);
        Assert.NotNull(set.Lease([]));
    }

    [Theory]
    [InlineData(50, 2, false)]
    [InlineData(51, 2, true)]
    [InlineData(50, 3, true)]
    public void TooFewLeft_AllAreUsedAgain(uint panicPercent, int failing, bool all)
    {
        var set = New(4, BreakerPolicies.EjectingAfter(5, maxEjectedPercent: 100, panicPercent));
        foreach (var endpoint in set.All.Take(failing)) Fail(set, endpoint, times: 5);
        Assert.Equal(all ? 4 : 4 - failing, Leases(set, 200).Distinct().Count());
    }

    [Fact]
    public void AnswersInPanic_EndNoEjection()
    {
        var set = New(2, BreakerPolicies.EjectingAfter(5, maxEjectedPercent: 100, panicPercent: 100));
        foreach (var endpoint in set.All) Fail(set, endpoint, times: 5);
        for (var i = 0; i < 20; i++) set.Report(set.Lease([])!.Value, Success);
        Assert.All(set.All, endpoint => Assert.Equal(EndpointState.Ejected, endpoint.State));
    }

    [Fact]
    public void EndpointThatRefusesConnections_IsSetAsideAtOnce_AndEjectedInTime()
    {
        var set = New(3);
        Report(set, set.All[0], new(AttemptEnd.ConnectFailed, 0, null, TimeSpan.Zero));
        Assert.Equal(EndpointState.SetAside, set.All[0].State);
        for (var i = 0; i < 4; i++) Report(set, set.All[0], new(AttemptEnd.ConnectFailed, 0, null, TimeSpan.Zero));
        Assert.Equal(EndpointState.Ejected, set.All[0].State);
    }

    [Fact]
    public void WithABreaker_PicksAllocateNothing()
    {
        var set = New(10);
        Fail(set, set.All[0], times: 5);
        Allocated(set);
        Assert.Equal(0, Allocated(set));
        set.Configure(Policies.Default());
        Assert.Equal(0, Allocated(set));
    }

    private static long Allocated(EndpointSet set)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            var lease = set.Lease([])!.Value;
            set.Report(lease, Success);
            lease.Endpoint.Release();
        }
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private EndpointSet New(int endpoints, Policy? policy = null)
    {
        var set = new EndpointSet(new Random(1), _time);
        set.Configure(policy ?? BreakerPolicies.EjectingAfter(5));
        set.Replace(Endpoints.Create(endpoints, _time));
        return set;
    }

    private static void Fail(EndpointSet set, LiveEndpoint endpoint, int times)
    {
        for (var i = 0; i < times; i++) Report(set, endpoint, Failure);
    }

    private static void Report(EndpointSet set, LiveEndpoint endpoint, AttemptVerdict verdict)
    {
        var ticket = Breaker.NoTicket;
        endpoint.Breaker?.TryEnter(out ticket);
        set.Report(new(endpoint, set, endpoint.Breaker, ticket), verdict);
    }

    private static int Out(EndpointSet set) => set.All.Count(endpoint => endpoint.State is EndpointState.Ejected or EndpointState.HalfOpen);

    private static List<LiveEndpoint> Leases(EndpointSet set, int count) => [.. Enumerable.Range(0, count).Select(_ => set.Lease([])!.Value.Endpoint)];
}
