using Mesh.Proxy.LoadBalancing;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Proxy.Tests.LoadBalancing;

public sealed class PeakEwmaTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly PeakEwma _latency;

    public PeakEwmaTests() => _latency = new(_time);

    [Fact]
    public void BeforeTheFirstAnswer_ThereIsNoEstimate() => Assert.Null(_latency.Milliseconds);

    [Fact]
    public void FirstAnswer_IsTheEstimate()
    {
        _latency.Observe(TimeSpan.FromMilliseconds(7));
        Assert.Equal(7, _latency.Milliseconds!.Value, 3);
    }

    [Fact]
    public void SlowerAnswer_CountsAtOnce()
    {
        _latency.Observe(TimeSpan.FromMilliseconds(7));
        _latency.Observe(TimeSpan.FromMilliseconds(300));
        Assert.Equal(300, _latency.Milliseconds!.Value, 3);
    }

    [Fact]
    public void FasterAnswers_CountGradually()
    {
        _latency.Observe(TimeSpan.FromMilliseconds(300));
        var before = 300.0;
        for (var second = 0; second < 60; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            _latency.Observe(TimeSpan.FromMilliseconds(10));
            var now = _latency.Milliseconds!.Value;
            Assert.InRange(now, 10, before);
            before = now;
        }
        Assert.InRange(before, 10, 12);
    }

    [Fact]
    public void Silence_HalvesTheEstimateInSevenSeconds()
    {
        _latency.Observe(TimeSpan.FromMilliseconds(100));
        _time.Advance(TimeSpan.FromSeconds(10 * Math.Log(2)));
        Assert.Equal(50, _latency.Milliseconds!.Value, 1);
    }
}
