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

    [Fact]
    public void FastFailures_NeverLowerTheEstimate()
    {
        _latency.Observe(TimeSpan.FromMilliseconds(100));
        for (var i = 0; i < 60; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(10));
            var before = _latency.Milliseconds!.Value;
            _latency.ObserveFailure(TimeSpan.FromMilliseconds(1));
            Assert.True(_latency.Milliseconds >= before);
        }
        Assert.InRange(_latency.Milliseconds!.Value, 90, 100);
    }

    [Fact]
    public void SlowFailure_CountsAtOnce()
    {
        _latency.Observe(TimeSpan.FromMilliseconds(100));
        _latency.ObserveFailure(TimeSpan.FromMilliseconds(500));
        Assert.Equal(500, _latency.Milliseconds!.Value, 3);
    }

    [Fact]
    public void FirstAnswerThatIsAFailure_MakesNoEndpointLookFast()
    {
        _latency.ObserveFailure(TimeSpan.FromMilliseconds(1));
        Assert.Equal(PeakEwma.UnmeasuredMilliseconds, _latency.Milliseconds!.Value, 3);
    }

    [Fact]
    public void Head_CountsWhereItIsSlowerOrTheFirst()
    {
        _latency.ObserveHead(TimeSpan.FromMilliseconds(5), _time.GetTimestamp());
        Assert.Equal(5, _latency.Milliseconds!.Value, 3);
        _latency.ObserveHead(TimeSpan.FromMilliseconds(50), _time.GetTimestamp());
        Assert.Equal(50, _latency.Milliseconds!.Value, 3);
        _latency.ObserveHead(TimeSpan.FromMilliseconds(5), _time.GetTimestamp());
        Assert.Equal(50, _latency.Milliseconds!.Value, 3);
    }

    [Fact]
    public void AbandonedAnswer_CountsWhereItWasWaitedForLongerThanUsual()
    {
        _latency.ObserveAbandoned(TimeSpan.FromMilliseconds(500));
        Assert.Null(_latency.Milliseconds);
        _latency.Observe(TimeSpan.FromMilliseconds(100));
        _latency.ObserveAbandoned(TimeSpan.FromMilliseconds(5));
        Assert.Equal(100, _latency.Milliseconds!.Value, 3);
        _latency.ObserveAbandoned(TimeSpan.FromMilliseconds(500));
        Assert.Equal(500, _latency.Milliseconds!.Value, 3);
    }
}
