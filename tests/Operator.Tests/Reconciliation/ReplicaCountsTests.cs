using Mesh.Operator.Compilation;
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

        Assert.Equal(new ProgrammedCount(8, 10, "payments-1: too much"), _counts.Sum(Catalog, 2, new(5, 5), ["b", "c"]));
        // Who isn't there is not counted.
        Assert.Equal(new ProgrammedCount(8, 9), _counts.Sum(Catalog, 2, new(5, 5), ["b"]));
    }

    [Fact]
    public void WhoHasNotSaidHowFarThatGenerationIs_LeavesItOpen()
    {
        _counts.Hear(Words(("b", Word(1, new(1, 3, 3))), ("c", new ReplicaWord(1, new Dictionary<string, ReplicaCount>()).ToBytes()), ("d", [1, 2, 3])));

        Assert.All(new[] { "b", "c", "d", "e" }, replica => Assert.Null(_counts.Sum(Catalog, 2, new(5, 5), [replica])));
    }

    [Fact]
    public void WhoSaysNothingNew_IsNotBelievedForLong()
    {
        Assert.True(_counts.Hear(Words(("b", Word(1, new(2, 3, 3))))));
        _time.Advance(ReplicaCounts.Expiry / 2);
        Assert.False(_counts.Hear(Words(("b", Word(1, new(2, 3, 3))))));
        Assert.NotNull(_counts.Sum(Catalog, 2, new(0, 0), ["b"]));

        _time.Advance(ReplicaCounts.Expiry / 2);
        Assert.True(_counts.Hear(Words(("b", Word(1, new(2, 3, 3))))));
        Assert.False(_counts.Hear(Words(("b", Word(1, new(2, 3, 3))))));
        Assert.Null(_counts.Sum(Catalog, 2, new(0, 0), ["b"]));

        Assert.True(_counts.Hear(Words(("b", Word(2, new(2, 3, 3))))));
        Assert.NotNull(_counts.Sum(Catalog, 2, new(0, 0), ["b"]));
    }

    private static Dictionary<string, byte[]> Words(params (string Replica, byte[] Word)[] words) => words.ToDictionary(word => word.Replica, word => word.Word);

    private static byte[] Word(long beat, ReplicaCount count) => new ReplicaWord(beat, new Dictionary<string, ReplicaCount> { [Catalog.ToString()] = count }).ToBytes();
}
