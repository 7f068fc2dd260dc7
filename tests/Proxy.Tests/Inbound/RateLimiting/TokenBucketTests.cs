using Google.Protobuf.WellKnownTypes;
using Mesh.Proxy.Inbound.RateLimiting;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Proxy.Tests.Inbound.RateLimiting;

public sealed class TokenBucketTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void NewBucket_GivesItsBurstAndNoMore()
    {
        var bucket = Bucket(requests: 10, burst: 3);

        Assert.Equal([2L, 1L, 0L], Enumerable.Range(0, 3).Select(_ => bucket.TryTake().Remaining));
        Assert.Equal(new(false, 0, TimeSpan.FromMilliseconds(100)), bucket.TryTake());
    }

    [Fact]
    public void Bucket_FillsSteadily_UpToItsBurst()
    {
        var bucket = Bucket(requests: 10, burst: 3);
        Assert.Equal(3, TakeAll(bucket));

        _time.Advance(TimeSpan.FromMilliseconds(99));
        Assert.False(bucket.TryTake().Granted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(1, TakeAll(bucket));
        _time.Advance(TimeSpan.FromMilliseconds(250));
        Assert.Equal(2, TakeAll(bucket));
        Assert.False(bucket.IsFull);
        _time.Advance(TimeSpan.FromHours(1));
        Assert.True(bucket.IsFull);
        Assert.Equal(3, TakeAll(bucket));
    }

    [Theory]
    [InlineData(1, 1000, 1)]
    [InlineData(7, 1000, 5)]
    [InlineData(100, 60_000, 100)]
    [InlineData(1_000_000, 1000, 1000)]
    public void OverTime_TheRateIsWhatWasSet(uint requests, int milliseconds, uint burst)
    {
        var bucket = Bucket(requests, milliseconds, burst);
        long taken = TakeAll(bucket) - burst;
        var step = TimeSpan.FromMilliseconds(milliseconds) / requests * Math.Min(burst, 3);
        var steps = 1000;
        for (var i = 0; i < steps; i++)
        {
            _time.Advance(step);
            taken += TakeAll(bucket);
        }

        var expected = step * steps / TimeSpan.FromMilliseconds(milliseconds) * requests;
        Assert.InRange(taken, expected - 1, expected + 1);
    }

    [Fact]
    public void ReturnedToken_CanBeTakenAgain_AndNeverMakesMoreThanTheBurst()
    {
        var bucket = Bucket(requests: 10, burst: 2);
        Assert.Equal(2, TakeAll(bucket));
        bucket.Return();
        Assert.Equal(1, TakeAll(bucket));

        bucket.Return();
        bucket.Return();
        bucket.Return();
        Assert.Equal(2, TakeAll(bucket));
    }

    [Fact]
    public async Task ManyAtOnce_NeverGetMoreThanTheBurst()
    {
        var bucket = Bucket(requests: 1, burst: 1000);
        var granted = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => TakeAll(bucket), TestContext.Current.CancellationToken)));

        Assert.Equal(1000, granted.Sum());
    }

    private static int TakeAll(TokenBucket bucket)
    {
        var taken = 0;
        while (bucket.TryTake().Granted) taken++;
        return taken;
    }

    private TokenBucket Bucket(uint requests, int milliseconds = 1000, uint burst = 1) => new(new(
        new() { Requests = requests, Per = Duration.FromTimeSpan(TimeSpan.FromMilliseconds(milliseconds)), Burst = burst }, _time));
}
