using Mesh.Proxy.CircuitBreaking;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Proxy.Tests.CircuitBreaking;

public sealed class BreakerTests
{
    private static readonly BreakerRules Rules = new(
        ConsecutiveFailures: 0, FailurePercent: 0, SlowCallPercent: 0, SlowCallDuration: TimeSpan.FromSeconds(1), MinRequests: 10,
        Window: TimeSpan.FromSeconds(10), OpenFor: TimeSpan.FromSeconds(10), OpenForMax: TimeSpan.FromMinutes(1));

    private static readonly BreakerRules FiveInARow = Rules with { ConsecutiveFailures = 5 };
    private static readonly BreakerRules HalfFailed = Rules with { FailurePercent = 50 };
    private static readonly BreakerRules HalfSlow = Rules with { SlowCallPercent = 50 };

    private readonly FakeTimeProvider _time = new();

    [Theory]
    [InlineData(5, true)]
    [InlineData(4, false)]
    public void ConsecutiveFailures_OpenIt(int failures, bool opens)
    {
        var breaker = New(FiveInARow);
        Calls(breaker, failures, failed: true);
        Assert.Equal(opens, !breaker.IsClosed);
    }

    [Fact]
    public void SuccessInBetween_StartsTheCountOver()
    {
        var breaker = New(FiveInARow);
        for (var i = 0; i < 100; i++)
        {
            Calls(breaker, 4, failed: true);
            Calls(breaker, 1, failed: false);
        }
        Assert.Equal(BreakerState.Closed, breaker.State);
    }

    [Theory]
    [InlineData(5, 5, true)]
    [InlineData(6, 5, false)]
    [InlineData(0, 9, false)]
    [InlineData(0, 10, true)]
    public void FailurePercent_OpensItOnceThereAreEnoughCalls(int successes, int failures, bool opens)
    {
        var breaker = New(HalfFailed);
        Calls(breaker, successes, failed: false);
        Calls(breaker, failures, failed: true);
        Assert.Equal(opens, !breaker.IsClosed);
    }

    [Fact]
    public void FailuresOlderThanTheWindow_AreForgotten()
    {
        var breaker = New(HalfFailed);
        Calls(breaker, 9, failed: true);
        _time.Advance(TimeSpan.FromSeconds(10));
        Calls(breaker, 9, failed: true);
        Assert.Equal(BreakerState.Closed, breaker.State);
        Calls(breaker, 1, failed: true);
        Assert.Equal(BreakerState.Open, breaker.State);
    }

    [Fact]
    public void Window_SlidesRatherThanStartsOver()
    {
        var breaker = New(HalfFailed);
        for (var second = 0; second < 9; second++)
        {
            Calls(breaker, 1, failed: true);
            _time.Advance(TimeSpan.FromSeconds(1));
        }
        Assert.Equal(BreakerState.Closed, breaker.State);
        Calls(breaker, 1, failed: true);
        Assert.Equal(BreakerState.Open, breaker.State);
    }

    [Theory]
    [InlineData(999, false)]
    [InlineData(1001, true)]
    public void SlowCalls_OpenItThoughTheySucceed(int milliseconds, bool opens)
    {
        var breaker = New(HalfSlow);
        Calls(breaker, 5, failed: false);
        Calls(breaker, 5, failed: false, TimeSpan.FromMilliseconds(milliseconds));
        Assert.Equal(opens, !breaker.IsClosed);
    }

    [Fact]
    public void HalfOpen_LetsOneCallThrough()
    {
        var breaker = Opened();
        Assert.False(breaker.TryEnter(out _));
        _time.Advance(FiveInARow.OpenFor);
        Assert.Equal(BreakerState.HalfOpen, breaker.State);
        Assert.True(breaker.TryEnter(out var ticket));
        Assert.True(Breaker.IsProbe(ticket));
        Assert.False(breaker.TryEnter(out _));
    }

    [Fact]
    public void ProbeThatSucceeds_ClosesIt()
    {
        var breaker = Opened();
        _time.Advance(FiveInARow.OpenFor);
        Assert.Equal(BreakerStep.Closed, Call(breaker, failed: false));
        Assert.Equal(BreakerState.Closed, breaker.State);
        Calls(breaker, 4, failed: true);
        Assert.Equal(BreakerState.Closed, breaker.State);
    }

    [Fact]
    public void ProbeThatFails_OpensItForTwiceAsLongUpToTheLongest()
    {
        var breaker = Opened();
        foreach (var seconds in new[] { 10, 20, 40, 60, 60 })
        {
            _time.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromMilliseconds(1));
            Assert.False(breaker.TryEnter(out _));
            _time.Advance(TimeSpan.FromMilliseconds(1));
            Assert.Equal(BreakerStep.Reopened, Call(breaker, failed: true));
        }
    }

    [Fact]
    public void SlowProbe_IsAFailedOneWhereSlowCallsCount()
    {
        var breaker = New(HalfSlow);
        Calls(breaker, 10, failed: false, TimeSpan.FromSeconds(2));
        _time.Advance(HalfSlow.OpenFor);
        Assert.Equal(BreakerStep.Reopened, Call(breaker, failed: false, TimeSpan.FromSeconds(2)));
    }

    [Theory]
    [InlineData(19, 40)]
    [InlineData(20, 10)]
    public void RepeatedOpening_IsForgottenOnceItWasClosedForAsLongAsItWasOpen(int secondsClosed, int expectedSeconds)
    {
        var breaker = Opened();
        _time.Advance(TimeSpan.FromSeconds(10));
        Call(breaker, failed: true);
        _time.Advance(TimeSpan.FromSeconds(20));
        Call(breaker, failed: false);

        _time.Advance(TimeSpan.FromSeconds(secondsClosed));
        Calls(breaker, 5, failed: true);
        _time.Advance(TimeSpan.FromSeconds(expectedSeconds) - TimeSpan.FromMilliseconds(1));
        Assert.Equal(BreakerState.Open, breaker.State);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(BreakerState.HalfOpen, breaker.State);
    }

    [Fact]
    public void ProbeWithoutAVerdict_IsFollowedByAnotherInASecond()
    {
        var breaker = Opened();
        _time.Advance(FiveInARow.OpenFor);
        Assert.True(breaker.TryEnter(out var ticket));
        breaker.Withdraw(ticket);
        Assert.False(breaker.TryEnter(out _));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(BreakerStep.Closed, Call(breaker, failed: false));
    }

    [Fact]
    public void ProbeThatNeverEnds_IsTakenForLostAfterAsLongAsItWasOpen()
    {
        var breaker = Opened();
        _time.Advance(FiveInARow.OpenFor);
        Assert.True(breaker.TryEnter(out var lost));
        _time.Advance(FiveInARow.OpenFor);
        Assert.True(breaker.TryEnter(out var second));
        Assert.Equal(BreakerStep.None, breaker.Record(lost, failed: true, default, out _));
        Assert.Equal(BreakerStep.Closed, breaker.Record(second, failed: false, default, out _));
    }

    [Fact]
    public void VerdictFromBeforeAChange_CountsNoMore()
    {
        var breaker = New(FiveInARow);
        var early = Enumerable.Range(0, 10).Select(_ => Enter(breaker)).ToList();
        Calls(breaker, 5, failed: true);
        _time.Advance(FiveInARow.OpenFor);
        var probe = Enter(breaker);

        foreach (var ticket in early) Assert.Equal(BreakerStep.None, breaker.Record(ticket, failed: true, default, out _));
        Assert.Equal(BreakerStep.Closed, breaker.Record(probe, failed: false, default, out _));
        foreach (var ticket in early) Assert.Equal(BreakerStep.None, breaker.Record(ticket, failed: true, default, out _));
        Assert.Equal(BreakerState.Closed, breaker.State);
    }

    [Fact]
    public void OwnerThatRefusesToOpenIt_IsAskedAgainAtTheNextFailure()
    {
        var breaker = New(FiveInARow);
        for (var i = 0; i < 4; i++) Assert.Equal(BreakerStep.None, breaker.Record(Enter(breaker), failed: true, default, out _));
        for (var i = 0; i < 3; i++) Assert.Equal(BreakerStep.Tripped, breaker.Record(Enter(breaker), failed: true, default, out _));
    }

    [Fact]
    public async Task ConcurrentCalls_LoseNoCountAndOpenItOnce()
    {
        const int callers = 4, each = 5_000;
        var breaker = New(Rules with { FailurePercent = 100, MinRequests = callers * each });
        var trips = 0;
        await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < each; i++)
            {
                var ticket = Enter(breaker);
                if (breaker.Record(ticket, failed: true, default, out var trigger) != BreakerStep.Tripped) continue;
                Assert.Equal(BreakerTrigger.FailurePercent, trigger);
                if (breaker.TryOpen(ticket)) Interlocked.Increment(ref trips);
            }
        }, TestContext.Current.CancellationToken)));
        Assert.Equal(1, trips);
    }

    [Fact]
    public async Task ConcurrentCallsOfAHalfOpenBreaker_AreOneProbe()
    {
        for (var round = 0; round < 200; round++)
        {
            var breaker = Opened();
            _time.Advance(FiveInARow.OpenFor);
            var entered = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => breaker.TryEnter(out var _))));
            Assert.Single(entered, let => let);
        }
    }

    [Fact]
    public void ClosedBreaker_AllocatesNothing()
    {
        var breaker = New(FiveInARow with { FailurePercent = 50, SlowCallPercent = 50, MinRequests = 1_000_000 });
        Calls(breaker, 100, failed: false);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            breaker.TryEnter(out var ticket);
            breaker.Record(ticket, failed: i % 2 == 0, default, out _);
        }
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private Breaker New(BreakerRules rules) => new(rules, _time);

    private Breaker Opened()
    {
        var breaker = New(FiveInARow);
        Calls(breaker, 5, failed: true);
        Assert.Equal(BreakerState.Open, breaker.State);
        return breaker;
    }

    private static long Enter(Breaker breaker)
    {
        Assert.True(breaker.TryEnter(out var ticket));
        return ticket;
    }

    private static BreakerStep Call(Breaker breaker, bool failed, TimeSpan duration = default)
    {
        var ticket = Enter(breaker);
        var step = breaker.Record(ticket, failed, duration, out _);
        if (step == BreakerStep.Tripped) breaker.TryOpen(ticket);
        return step;
    }

    private static void Calls(Breaker breaker, int count, bool failed, TimeSpan duration = default)
    {
        for (var i = 0; i < count; i++) Call(breaker, failed, duration);
    }
}
