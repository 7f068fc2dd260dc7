using Mesh.Operator.Reconciliation;
using Mesh.Operator.State;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Operator.Tests.Reconciliation;

public sealed class ReplicaCountsTests
{
    private static readonly EntityKey Catalog = new(ResourceKind.TrafficPolicy, new("shop", "catalog"));

    private readonly FakeTimeProvider _time = new();
    private readonly ReplicaCounts _counts;

    public ReplicaCountsTests() => _counts = new(_time);

    [Fact]
    public void WhatAllHaveSaid_AddsUp()
    {
        _counts.Hear(Words(("b", Word(1, new(2, 3, 4))), ("c", Word(1, new(2, 0, 1, "payments-1: too much")))));

        Assert.Equal(new ReplicaCount(2, 8, 10, "payments-1: too much"), _counts.Sum(Catalog, new(2, 5, 5), ["b", "c"]));
        // Who isn't there is not counted.
        Assert.Equal(new ReplicaCount(2, 8, 9), _counts.Sum(Catalog, new(2, 5, 5), ["b"]));
    }

    [Fact]
    public void WhatAPolicyInShadowWouldHaveDone_AddsUp()
    {
        var since = new DateTimeOffset(2026, 11, 23, 9, 0, 0, TimeSpan.Zero);
        _counts.Hear(Words(
            ("b", Word(1, new(2, 1, 1, Shadow: new(since, 1000, [new("eject", 3), new("retry", 1)], ["10.0.0.2:80"])))),
            ("c", Word(1, new(2, 1, 1)))));

        var sum = _counts.Sum(Catalog, new(2, 1, 1, Shadow: new(since.AddHours(1), 500, [new("retry", 4), new("eject", long.MaxValue)], ["10.0.0.1:80", "10.0.0.2:80"])), ["b", "c"])!.Shadow!;

        Assert.Equal((since, 1500), (sum.Since, sum.Requests));
        Assert.Equal([new("eject", long.MaxValue), new("retry", 5)], sum.Decisions);
        Assert.Equal(["10.0.0.1:80", "10.0.0.2:80"], sum.Ejected);
        // Who has counted nothing adds nothing.
        Assert.Equal(1000, _counts.Sum(Catalog, new(2, 1, 1), ["b"])!.Shadow!.Requests);
        Assert.Null(_counts.Sum(Catalog, new(2, 1, 1), ["c"])!.Shadow);
    }

    [Fact]
    public void WhoHasNotSaidHowFarThatGenerationIs_LeavesItOpen()
    {
        _counts.Hear(Words(("b", Word(1, new(1, 3, 3))), ("c", new ReplicaWord(1, new Dictionary<string, ReplicaCount>()).ToBytes()), ("d", [1, 2, 3])));

        Assert.All(new[] { "b", "c", "d", "e" }, replica => Assert.Null(_counts.Sum(Catalog, new(2, 5, 5), [replica])));
    }

    [Fact]
    public void WhoSaysNothingNew_IsNotBelievedForLong()
    {
        Assert.True(_counts.Hear(Words(("b", Word(1, new(2, 3, 3))))));
        _time.Advance(ReplicaCounts.Expiry / 2);
        Assert.False(_counts.Hear(Words(("b", Word(1, new(2, 3, 3))))));
        Assert.NotNull(_counts.Sum(Catalog, new(2, 0, 0), ["b"]));

        _time.Advance(ReplicaCounts.Expiry / 2);
        Assert.True(_counts.Hear(Words(("b", Word(1, new(2, 3, 3))))));
        Assert.False(_counts.Hear(Words(("b", Word(1, new(2, 3, 3))))));
        Assert.Null(_counts.Sum(Catalog, new(2, 0, 0), ["b"]));

        Assert.True(_counts.Hear(Words(("b", Word(2, new(2, 3, 3))))));
        Assert.NotNull(_counts.Sum(Catalog, new(2, 0, 0), ["b"]));
    }

    private static Dictionary<string, byte[]> Words(params (string Replica, byte[] Word)[] words) => words.ToDictionary(word => word.Replica, word => word.Word);

    private static byte[] Word(long beat, ReplicaCount count) => new ReplicaWord(beat, new Dictionary<string, ReplicaCount> { [Catalog.ToString()] = count }).ToBytes();
}
