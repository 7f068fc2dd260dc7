using Mesh.Rig.Traffic;
using Microsoft.Extensions.Time.Testing;
using Shop.Demo.Traffic;

namespace Mesh.Shop.Tests;

public sealed class TrafficTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Quantiles_AreWithinFivePercent()
    {
        var histogram = new LatencyHistogram();
        for (var milliseconds = 1; milliseconds <= 1000; milliseconds++) histogram.Record(TimeSpan.FromMilliseconds(milliseconds));

        Assert.InRange(histogram.Quantile(0.50).TotalMilliseconds, 500, 525);
        Assert.InRange(histogram.Quantile(0.99).TotalMilliseconds, 990, 1040);
    }

    [Fact]
    public void Quantile_OfNothingIsZero() => Assert.Equal(TimeSpan.Zero, new LatencyHistogram().Quantile(0.99));

    [Fact]
    public void Outcomes_CountForTheRunTheSceneAndTheLastSecond()
    {
        var outcomes = new Outcomes(_time);
        outcomes.Add("calm", succeeded: true, TimeSpan.FromMilliseconds(5));
        _time.Advance(TimeSpan.FromSeconds(2));
        outcomes.Add("storm", succeeded: false, TimeSpan.FromMilliseconds(50));

        Assert.Equal((2, 1), (outcomes.Total.Total, outcomes.Total.Failed));
        Assert.Equal((1, 0), (outcomes.In("calm").Total, outcomes.In("calm").Failed));
        Assert.Equal((1, 1), (outcomes.Recent.Total, outcomes.Recent.Failed));
        Assert.Equal(0, outcomes.In("never played").Total);
    }

    [Fact]
    public void Outcomes_AfterAReset_HaveForgottenTheWarmUp()
    {
        var outcomes = new Outcomes(_time);
        outcomes.Add("warming up", succeeded: false, TimeSpan.FromSeconds(2));

        outcomes.Reset();

        Assert.Equal(0, outcomes.Total.Total);
    }

    [Theory]
    [InlineData("", 14)]
    [InlineData("reason=\"ServerError\"", 5)]
    public void Metrics_AreSummedOverTheLabelsThatWereNotNamed(string label, double expected) => Assert.Equal(expected, MetricsText.Sum("""
        # TYPE mesh_retries_total counter
        mesh_retries_total{destination="shop/catalog:80",reason="ConnectFailure"} 9 1763842000000
        mesh_retries_total{destination="shop/payments:80",reason="ServerError"} 5
        mesh_retries_refused_total{destination="shop/payments:80"} 100
        """, "mesh_retries_total", label));
}
