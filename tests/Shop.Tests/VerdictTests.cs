using Mesh.Rig.Traffic;
using Shop.Demo.Story;


namespace Mesh.Shop.Tests;

public sealed class VerdictTests
{
    [Fact]
    public void TargetMetAndFailuresWithoutTheMesh_IsMet() => Assert.True(Verdict.Of(Requests(1000, failed: 200), Requests(1000, failed: 1)).Met);

    [Fact]
    public void TargetMissed_IsNotMet_AndSaysBothShares()
    {
        var verdict = Verdict.Of(Requests(1000, failed: 200), Requests(1000, failed: 2));

        Assert.False(verdict.Met);
        Assert.Equal("with the mesh 99.80 % succeeded, expected at least 99.9 %", verdict.Reason);
    }

    [Fact]
    public void AShareJustBelowTheTarget_IsNotRoundedUp() =>
        Assert.Contains("99.89 %", Verdict.Of(Requests(100_000, failed: 1), Requests(100_000, failed: 101)).Reason, StringComparison.Ordinal);

    [Fact]
    public void NoFailureWithoutTheMesh_IsNotMet() => Assert.False(Verdict.Of(Requests(1000, failed: 0), Requests(1000, failed: 0)).Met);

    [Fact]
    public void NoRequests_IsNotMet() => Assert.False(Verdict.Of(Requests(1000, failed: 200), default).Met);

    private static Tally Requests(long total, long failed) => new(total, failed, TimeSpan.Zero, TimeSpan.Zero);
}
