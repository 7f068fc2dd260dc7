using k8s.Models;
using Mesh.Api.Resources;
using Mesh.Operator.Compilation;
using Mesh.Operator.State;
using Mesh.Operator.Status;

namespace Mesh.Operator.Tests.Status;

public sealed class StatusMergeTests
{
    private static readonly DateTimeOffset Monday = new(2026, 11, 16, 9, 0, 0, 500, TimeSpan.Zero);

    [Fact]
    public void TransitionTime_MovesOnlyWithTheStatus()
    {
        var first = StatusMerge.Merge(null, Status(1, holds: false, "0/1 proxies"), Monday)!;
        var second = StatusMerge.Merge(first, Status(2, holds: false, "1/2 proxies"), Monday.AddDays(1))!;
        var third = StatusMerge.Merge(second, Status(2, holds: true, "2/2 proxies"), Monday.AddDays(2))!;

        Assert.Equal(new DateTime(2026, 11, 16, 9, 0, 0, DateTimeKind.Utc), first.Conditions[0].LastTransitionTime);
        Assert.Equal(first.Conditions[0].LastTransitionTime, second.Conditions[0].LastTransitionTime);
        Assert.Equal((2, "1/2 proxies", 2), (second.Conditions[0].ObservedGeneration, second.Conditions[0].Message, second.ObservedGeneration));
        Assert.Equal(first.Conditions[0].LastTransitionTime.AddDays(2), third.Conditions[0].LastTransitionTime);
    }

    [Fact]
    public void SameStatus_IsNotWrittenAgain()
    {
        var first = StatusMerge.Merge(null, Status(1, holds: true, "1/1 proxies"), Monday);

        Assert.Null(StatusMerge.Merge(first, Status(1, holds: true, "1/1 proxies"), Monday.AddDays(1)));
    }

    [Theory]
    [InlineData(ConditionTypes.Accepted)]
    [InlineData(ConditionTypes.ResolvedRefs)]
    [InlineData(ConditionTypes.Programmed)]
    [InlineData(ConditionTypes.Conflicted)]
    [InlineData(ConditionTypes.Shadow)]
    [InlineData(ConditionTypes.IdentityReady)]
    public void OurConditions_AreThereOnce(string type)
    {
        var first = StatusMerge.Merge(null, new(ResourceKind.MeshConfig, new("", "default"), 1, [new(type, true, "One", "one")]), Monday);

        var second = StatusMerge.Merge(first, new(ResourceKind.MeshConfig, new("", "default"), 1, [new(type, true, "Two", "two")]), Monday);

        Assert.Equal("Two", Assert.Single(second!.Conditions).Reason);
        Assert.Empty(StatusMerge.Merge(second, new(ResourceKind.MeshConfig, new("", "default"), 1, []), Monday)!.Conditions);
    }

    [Fact]
    public void ConditionsOfOthers_AreLeftAsTheyAre()
    {
        var existing = new PolicyStatus
        {
            Conditions =
            [
                new V1Condition { Type = "example.com/Audited", Status = "True", Reason = "Audited", Message = "by hand" },
                new V1Condition { Type = ConditionTypes.Conflicted, Status = "True", Reason = "FieldConflict", Message = "no longer" },
            ],
        };

        var merged = StatusMerge.Merge(existing, Status(1, holds: true, "1/1 proxies"), Monday)!;

        Assert.Equal([ConditionTypes.Programmed, "example.com/Audited"], merged.Conditions.Select(c => c.Type));
    }

    [Fact]
    public void ShadowNumbers_AreWrittenWhenTheyChangeAndGoWhenThereAreNone()
    {
        var shadow = new ShadowCount(Monday, 10, [new("retry", 1)], []);
        var first = StatusMerge.Merge(null, Status(1, holds: true, "1/1 proxies") with { Shadow = shadow }, Monday)!;
        Assert.Null(StatusMerge.Merge(first, Status(1, holds: true, "1/1 proxies") with { Shadow = shadow }, Monday));

        var more = shadow with { Decisions = [new("retry", 2)] };
        var decision = Assert.Single(StatusMerge.Merge(first, Status(1, holds: true, "1/1 proxies") with { Shadow = more }, Monday)!.Shadow!.Decisions!);
        Assert.Equal(("retry", 2, "20"), (decision.Decision, decision.Count, decision.Percent));
        Assert.Null(StatusMerge.Merge(first, Status(1, holds: true, "1/1 proxies"), Monday)!.Shadow);
    }

    private static ResourceStatus Status(long generation, bool holds, string message) =>
        new(ResourceKind.TrafficPolicy, new("shop", "p"), generation, [new(ConditionTypes.Programmed, holds, holds ? "Programmed" : "Pending", message)]);
}
