using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Mesh.Proxy.Inbound.RateLimiting;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Proxy.Tests.Inbound.RateLimiting;

public sealed class PartitionedBucketsTests
{
    private const int Capacity = 100;

    private readonly FakeTimeProvider _time = new();
    private readonly PartitionedBuckets<string> _buckets;

    public PartitionedBucketsTests() => _buckets = new(
        new(new() { Requests = 1, Per = Duration.FromTimeSpan(TimeSpan.FromSeconds(10)), Burst = 2 }, _time), Capacity);

    [Fact]
    public void EachKey_HasItsOwnBucket()
    {
        Assert.Same(_buckets.Of("a"), _buckets.Of("a"));
        Assert.NotSame(_buckets.Of("a"), _buckets.Of("b"));
        Assert.Equal(2, _buckets.Count);
    }

    [Fact]
    public void KeysBeyondTheBound_ShareOneBucket_AndThoseKnownKeepTheirs()
    {
        var first = _buckets.Of("0");
        for (var i = 0; i < Capacity; i++) _buckets.Of(Name(i)).TryTake();

        var shared = _buckets.Of("invented-1");
        for (var i = 2; i < 10_000; i++) Assert.Same(shared, _buckets.Of($"invented-{i}"));
        Assert.Same(first, _buckets.Of("0"));
        Assert.Equal(Capacity, _buckets.Count);
    }

    [Fact]
    public void BucketsThatAreFullAgain_MakeRoom()
    {
        var emptied = _buckets.Of("0");
        for (var i = 0; i < Capacity; i++) _buckets.Of(Name(i)).TryTake();
        emptied.TryTake();
        var shared = _buckets.Of("new");

        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.NotSame(shared, _buckets.Of("new"));
        Assert.Same(emptied, _buckets.Of("0"));
        Assert.Equal(2, _buckets.Count);
    }

    private static string Name(int i) => i.ToString(CultureInfo.InvariantCulture);
}
