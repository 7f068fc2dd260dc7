using Mesh.Proxy.Resilience;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Proxy.Tests.Resilience;

public sealed class LatencyHistogramTests
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddYears(50));
    private readonly LatencyHistogram _histogram;

    public LatencyHistogramTests() => _histogram = new(_time);

    [Fact]
    public void Percentile_IsAtMostAnEighthAbove()
    {
        var random = new Random(1);
        var samples = new List<double>();
        for (var i = 0; i < 10_000; i++)
        {
            var sample = Math.Exp(random.NextDouble() * 20);
            samples.Add(sample);
            _histogram.Observe(TimeSpan.FromMicroseconds(sample));
        }
        samples.Sort();
        foreach (var percentile in (uint[])[50, 90, 95, 99])
        {
            var exact = samples[(int)(samples.Count * percentile / 100) - 1];
            Assert.InRange(_histogram.Percentile(percentile)!.Value.TotalMicroseconds, Math.Floor(exact), exact * 1.126 + 1);
        }
    }

    [Theory]
    [InlineData(50u, 20)]
    [InlineData(95u, 20)]
    [InlineData(99u, 100)]
    public void TooFew_SayNothing(uint percentile, int enough)
    {
        for (var i = 0; i < enough - 1; i++) _histogram.Observe(TimeSpan.FromMilliseconds(1));
        Assert.Null(_histogram.Percentile(percentile));
        _histogram.Observe(TimeSpan.FromMilliseconds(1));
        Assert.NotNull(_histogram.Percentile(percentile));
    }

    [Fact]
    public void OldTimes_AreForgotten()
    {
        for (var i = 0; i < 100; i++) _histogram.Observe(TimeSpan.FromSeconds(10));
        _time.Advance(TimeSpan.FromSeconds(30));
        for (var i = 0; i < 100; i++) _histogram.Observe(TimeSpan.FromMilliseconds(1));
        Assert.True(_histogram.Percentile(95) >= TimeSpan.FromSeconds(10));
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.InRange(_histogram.Percentile(95)!.Value.TotalMilliseconds, 1, 1.2);
        _time.Advance(TimeSpan.FromSeconds(60));
        Assert.Null(_histogram.Percentile(95));
    }

    [Fact]
    public void Percentile_FollowsWhatComes_ASixtyFourthLateAtMost()
    {
        Observe(10_000, TimeSpan.FromMilliseconds(1));
        Assert.InRange(_histogram.Percentile(50)!.Value.TotalMilliseconds, 1, 1.2);
        Observe(9_900, TimeSpan.FromMilliseconds(8));
        Assert.InRange(_histogram.Percentile(50)!.Value.TotalMilliseconds, 1, 1.2);
        Observe(100 + 20_000 / 64, TimeSpan.FromMilliseconds(8));
        Assert.InRange(_histogram.Percentile(50)!.Value.TotalMilliseconds, 8, 9.1);
    }

    [Fact]
    public void Extremes_AreCounted()
    {
        for (var i = 0; i < 20; i++) _histogram.Observe(TimeSpan.FromDays(1));
        Assert.True(_histogram.Percentile(50) > TimeSpan.FromHours(1));
        for (var i = 0; i < 40; i++) _histogram.Observe(TimeSpan.Zero);
        Assert.Equal(TimeSpan.FromMicroseconds(1), _histogram.Percentile(50));
    }

    private void Observe(int count, TimeSpan latency)
    {
        for (var i = 0; i < count; i++) _histogram.Observe(latency);
    }
}
