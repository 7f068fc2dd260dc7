using Mesh.Chaos.Report;

namespace Mesh.Chaos.Tests;

public sealed class VerdictTests
{
    [Fact]
    public void MoreGoodAnswers_IsBetter_ThoughTheyTakeLonger() =>
        Assert.True(Judge(Side(failed: 300, p99: 5), Side(failed: 2, p99: 90)).Met);

    [Fact]
    public void AsManyGoodAnswersSooner_IsBetter() => Assert.True(Judge(Side(failed: 3, p99: 400), Side(failed: 5, p99: 90)).Met);

    [Fact]
    public void AsManyGoodAnswersLater_IsNotBetter_AndSaysBothFigures() =>
        Assert.Contains("p99 is 400 ms, 90 ms without", Judge(Side(failed: 5, p99: 90), Side(failed: 3, p99: 400)).Reason, StringComparison.Ordinal);

    [Fact]
    public void FewerGoodAnswers_IsNotBetter_ThoughTheyComeSooner() => Assert.False(Judge(Side(failed: 5, p99: 400), Side(failed: 20, p99: 5)).Met);

    [Theory]
    [InlineData(1300, true)] // 1.2 x 1000 + 10/s x 10 s
    [InlineData(1301, false)]
    public void Load_MayBeAFifthMoreThanTheRequestsAndTenASecond(int attempts, bool met) =>
        Assert.Equal(met, Judge(Side(failed: 300), Side(failed: 0, attempts: attempts)).Met);

    [Theory]
    [InlineData(1200, true)]
    [InlineData(1201, false)]
    public void Load_MayBeBoundMoreTightly(int attempts, bool met) =>
        Assert.Equal(met, Verdict.Of(Side(failed: 300), Side(failed: 0, attempts: attempts), mostAttempts: 1.2).Met);

    [Fact]
    public void WhatWasToBeSeenAndWasNot_IsTheReason() =>
        Assert.Equal(new(false, "no breaker opened"), Judge(Side(failed: 300), Side(failed: 0) with { Missed = ["no breaker opened"] }));

    [Fact]
    public void NoRequests_IsNotBetter() => Assert.False(Judge(Side(failed: 300), new(default, TimeSpan.FromSeconds(10), 0, [], [])).Met);

    private static Verdict Judge(Outcome without, Outcome with) => Verdict.Of(without, with, mostAttempts: null);

    private static Outcome Side(long failed, int p99 = 50, long attempts = 1000) =>
        new(new(1000, failed, TimeSpan.Zero, TimeSpan.FromMilliseconds(p99)), TimeSpan.FromSeconds(10), attempts, [], []);
}
