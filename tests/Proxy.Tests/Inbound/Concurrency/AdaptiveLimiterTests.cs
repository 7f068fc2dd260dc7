using Mesh.Proxy.Inbound.Concurrency;

namespace Mesh.Proxy.Tests.Inbound.Concurrency;

/// <summary>The limit against a service whose capacity is known to the test and to nobody else.</summary>
public sealed class AdaptiveLimiterTests(ITestOutputHelper output)
{
    private static readonly TimeSpan FiftyMs = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(4, 4)]
    [InlineData(10, 4)]
    [InlineData(20, 4)]
    [InlineData(100, 4)]
    [InlineData(200, 4)]
    public void Limit_UnderOverload_ConvergesNearTheCapacity_AndTheRestIsShed(int workers, int min)
    {
        var service = new SimulatedService(workers, FiftyMs, min);
        service.Run(3 * service.Capacity, Minute / 6);
        var phase = service.Run(3 * service.Capacity, Minute);
        Print(phase);

        // A half more than the capacity, which keeps every worker busy, and the headroom of a square root; the smallest limits are coarse.
        var expected = 1.5 * workers + Math.Sqrt(1.5 * workers);
        Assert.InRange(phase.MeanLimit, 0.7 * expected, 1.4 * expected + 4);
        Assert.True(phase.Utilisation > 0.9, $"served {phase.Utilisation:P0} of what it could");
        Assert.True(phase.ShedCount > service.Capacity * 60 * 1.8);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(100)]
    public void BurstOfTenTimes_IsShed_AndThoseServedHardlyNotice(int workers)
    {
        var service = new SimulatedService(workers, FiftyMs);
        service.Run(0.5 * service.Capacity, Minute / 6);
        var before = service.Run(0.5 * service.Capacity, Minute);
        var burst = service.Run(5 * service.Capacity, Minute / 6);
        var after = service.Run(0.5 * service.Capacity, Minute / 6);
        Print(before);
        Print(burst);
        Print(after);

        Assert.Equal(0, before.ShedCount);
        Assert.True(burst.Utilisation > 0.9, $"served {burst.Utilisation:P0} of what it could");
        Assert.True(burst.Percentile(99) < 3 * before.Percentile(99), $"{burst.Percentile(99)} against {before.Percentile(99)}");
        Assert.True(after.ShedCount < 0.01 * after.ServedCount, $"shed {after.ShedCount} of {after.ServedCount}");
    }

    [Fact]
    public void CapacityThatFallsAndRises_IsFollowed()
    {
        var service = new SimulatedService(100, FiftyMs);
        service.Run(1500, Minute);
        service.Workers = 20;
        service.Run(1500, Minute / 6);
        var fallen = service.Run(1500, Minute);
        Print(fallen);
        Assert.InRange(fallen.MeanLimit, 20, 60);
        Assert.True(fallen.Utilisation > 0.9, $"served {fallen.Utilisation:P0} of what it could");

        service.Workers = 100;
        service.Run(3000, Minute / 6);
        var risen = service.Run(3000, Minute);
        Print(risen);
        Assert.InRange(risen.MeanLimit, 100, 300);
        Assert.True(risen.Utilisation > 0.9, $"served {risen.Utilisation:P0} of what it could");
    }

    [Fact]
    public void ApplicationThatBecomesSlowerByItself_IsMeasuredAnew()
    {
        var service = new SimulatedService(100, FiftyMs);
        service.Run(1000, Minute);
        service.ServiceTime = TimeSpan.FromMilliseconds(500);
        service.Run(180, Minute);
        var slow = service.Run(180, Minute);
        Print(slow);

        Assert.InRange(service.Limiter.Unhurried!.Value.TotalMilliseconds, 200, 700);
        Assert.True(slow.ShedCount < 0.02 * 180 * 60, $"shed {slow.ShedCount}");
    }

    [Fact]
    public void ClientsThatGiveUp_TellOfTheOverloadTheyGaveUpFor()
    {
        var service = new SimulatedService(100, FiftyMs) { Patience = TimeSpan.FromSeconds(1) };
        service.Run(1900, Minute);
        service.Workers = 2;
        var phase = service.Run(1900, Minute);
        Print(phase);

        Assert.InRange(phase.LimitAtEnd, 4, 12);
    }

    [Fact]
    public void QuietService_ShedsNothing_AndItsLimitStaysWhereItIs()
    {
        var service = new SimulatedService(100, FiftyMs);
        var phase = service.Run(10, Minute * 10);
        Print(phase);

        Assert.Equal((0, 20), (phase.ShedCount, phase.LimitAtEnd));
    }

    [Fact]
    public void Limit_StaysWithinItsBounds()
    {
        var low = new SimulatedService(400, FiftyMs, max: 50);
        var phase = low.Run(5000, Minute / 2);
        Assert.Equal((50, 50), (phase.LimitAtEnd, phase.Peak));

        var high = new SimulatedService(1, FiftyMs, min: 30);
        Assert.True(high.Run(200, Minute).LimitAtEnd >= 30);
    }

    [Fact]
    public void NewBounds_KeepWhatWasFoundOut()
    {
        var service = new SimulatedService(100, FiftyMs);
        service.Run(3000, Minute);
        var next = new AdaptiveLimiter(new() { MinLimit = 10, MaxLimit = 500 }, new Random(1), TimeProvider.System, service.Limiter);

        Assert.Equal(service.Limiter.Unhurried, next.Unhurried);
        Assert.InRange(next.Limit, 80, 300);
    }

    [Fact]
    public void WhatMattersMore_IsShedLast()
    {
        var rules = new PriorityRules([
            new() { Priority = 10, Match = new() { Header = new() { Name = "x-tier", Values = { "gold" } } } },
            new() { Priority = -10, Match = new() { Header = new() { Name = "x-tier", Values = { "batch" } } } },
        ]);
        var (gold, plain, batch) = (Level(rules, "gold"), Level(rules, null), Level(rules, "batch"));
        var service = new SimulatedService(50, FiftyMs);
        // Gold needs 60 % of the capacity, the plain ones another 60 %, and batch would like 180 %.
        PriorityLevel LevelOf(double drawn) => drawn < 0.2 ? gold : drawn < 0.4 ? plain : batch;
        service.Run(3 * service.Capacity, Minute / 6, LevelOf);
        var phase = service.Run(3 * service.Capacity, Minute, LevelOf);
        Print(phase);
        output.WriteLine($"gold {phase.ServedShare(gold):P1}, plain {phase.ServedShare(plain):P1}, batch {phase.ServedShare(batch):P1}");

        Assert.True(phase.ServedShare(gold) > 0.97);
        Assert.InRange(phase.ServedShare(plain), 0.4, 0.8);
        Assert.True(phase.ServedShare(batch) < 0.1);
    }

    [Fact]
    public void EachLevel_LeavesRoomForThoseAboveIt_AndAlwaysHasSome()
    {
        Assert.Equal([100, 90, 80, 50, 50], new[] { 0, 1, 2, 5, 9 }.Select(rank => new PriorityLevel(0, rank).Allowance(100)));
        Assert.Equal([4, 3, 2, 1, 1], Enumerable.Range(0, 5).Select(rank => new PriorityLevel(0, rank).Allowance(4)));
        Assert.Equal(1, new PriorityLevel(0, 3).Allowance(1));
    }

    private static PriorityLevel Level(PriorityRules rules, string? tier)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://mesh/");
        if (tier is not null) request.Headers.Add("x-tier", tier);
        return rules.Of(request, new("", null));
    }

    private void Print(SimulatedPhase phase) => output.WriteLine(
        $"limit {phase.LimitAtEnd} ({phase.MeanLimit:0.0} on average), peak {phase.Peak}, served {phase.Utilisation:P1} of the capacity, shed {phase.ShedCount}, p50 {phase.Percentile(50).TotalMilliseconds:0} ms, p99 {phase.Percentile(99).TotalMilliseconds:0} ms");
}
