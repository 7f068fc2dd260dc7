using Google.Protobuf.WellKnownTypes;
using Mesh.Proxy.CircuitBreaking;

namespace Mesh.Proxy.Tests.CircuitBreaking;

public sealed class BreakerRulesTests
{
    [Fact]
    public void WithoutATrigger_ThereIsNoBreaker()
    {
        Assert.Null(BreakerRules.Of(null));
        Assert.Null(BreakerRules.Of(new() { MinRequests = 20, Window = Duration.FromTimeSpan(TimeSpan.FromSeconds(10)) }));
    }

    [Fact]
    public void WhatIsLeftOut_IsTheDefault() =>
        Assert.Equal(
            new BreakerRules(5, 0, 0, TimeSpan.FromSeconds(1), 1, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(10)),
            BreakerRules.Of(new() { ConsecutiveFailures = 5 }));

    [Fact]
    public void LongestOpenTime_IsAtLeastTheFirst() =>
        Assert.Equal(TimeSpan.FromSeconds(30), BreakerRules.Of(new()
        {
            ConsecutiveFailures = 1,
            OpenFor = Duration.FromTimeSpan(TimeSpan.FromSeconds(30)),
            OpenForMax = Duration.FromTimeSpan(TimeSpan.FromSeconds(20)),
        })!.OpenForMax);
}
