using Mesh.Api.Resources;
using Mesh.Operator.Compilation;
using Mesh.Operator.State;

namespace Mesh.Operator.Tests.Compilation;

public sealed class StatusCompilerTests
{
    [Fact]
    public void GoodPolicy_IsAcceptedResolvedAndProgrammed() => Assert.Equal(
        [
            new(ConditionTypes.Accepted, true, "Accepted", "Valid and in force"),
            new(ConditionTypes.ResolvedRefs, true, "ResolvedRefs", "Every target exists"),
            new(ConditionTypes.Programmed, true, "Programmed", "3/3 proxies"),
        ],
        Compile(new(3, 3), "p", Given.Service("catalog"), Given.Policy("p")));

    [Fact]
    public void MissingTarget_IsNamed() => Assert.Contains(
        new(ConditionTypes.ResolvedRefs, false, "TargetNotFound", "spec.targetRefs[0]: there is no Service shop/catalog"),
        Compile(default, "p", Given.Policy("p")));

    [Fact]
    public void InvalidEdit_SaysWhatIsWrongAndWhatStaysInForce()
    {
        var state = Given.State(Given.Service("catalog"), Given.Policy("p"));
        Given.Upsert(state, Given.Policy("p", generation: 2, spec: s => s.Timeouts = new() { Request = Given.Milliseconds(100), Attempt = Given.Milliseconds(200) }));

        var status = Compile(state.Current, new(1, 1), "p");

        var accepted = status.Conditions.Single(c => c.Type == ConditionTypes.Accepted);
        Assert.Equal((false, "Invalid", 2), (accepted.Holds, accepted.Reason, status.Generation));
        Assert.StartsWith("spec.timeouts.attempt: ", accepted.Message, StringComparison.Ordinal);
        Assert.EndsWith("; generation 1 stays in force", accepted.Message, StringComparison.Ordinal);
        Assert.Contains(new(ConditionTypes.Programmed, false, "Invalid", "1/1 proxies route by generation 1"), status.Conditions);
    }

    [Fact]
    public void FieldOfAnOlderPolicy_Conflicts()
    {
        var conditions = Compile(default, "newer",
            Given.Service("catalog"),
            Given.Policy("older", created: DateTime.UnixEpoch, spec: s =>
            {
                s.Timeouts = new() { Request = Given.Milliseconds(100) };
                s.Retries = new() { Attempts = 1 };
            }),
            Given.Policy("newer", created: DateTime.UnixEpoch.AddDays(1), spec: s =>
            {
                s.Timeouts = new() { Request = Given.Milliseconds(200), Attempt = Given.Milliseconds(10) };
                s.Retries = new() { Attempts = 2 };
            }));

        Assert.Contains(
            new(ConditionTypes.Conflicted, true, "FieldConflict", "for Service shop/catalog the older TrafficPolicy shop/older decides spec.timeouts.request, spec.retries.attempts"),
            conditions);
    }

    [Fact]
    public void PoliciesOfUnequalStanding_DoNotConflict()
    {
        var cluster = Given.Cluster(
            Given.Service("catalog"),
            Given.Policy("producer", spec: s => s.Retries = new() { Attempts = 1 }),
            Given.Policy("consumer", space: "web", spec: s => s.Retries = new() { Attempts = 2 }));

        Assert.All(cluster.Policies.Values, policy => Assert.Empty(PolicyConflicts.Of(cluster, policy.InForce!)));
    }

    [Theory]
    [InlineData(1, 3, null, "Pending", "1/3 proxies")]
    [InlineData(2, 3, "web/frontend-0: too many endpoints", "Refused", "2/3 proxies; refused by web/frontend-0: too many endpoints")]
    public void ProxiesThatLag_AreCounted(int acknowledged, int subscribed, string? refusal, string reason, string message) => Assert.Contains(
        new(ConditionTypes.Programmed, false, reason, message),
        Compile(new(acknowledged, subscribed, refusal), "p", Given.Service("catalog"), Given.Policy("p")));

    [Fact]
    public void ShadowPolicy_SaysWhatItWouldHaveDone()
    {
        var cluster = Given.Cluster(Given.Service("catalog"), Given.Policy("p", spec: s => s.Mode = PolicyMode.Shadow));
        var count = new ShadowCount(new(2026, 11, 23, 9, 0, 0, 123, TimeSpan.Zero), 2000, [new("request-timeout", 6), new("eject", 1)], ["10.1.2.3:8080"]);

        var before = StatusCompiler.Compile(cluster, cluster.Policies[new("shop", "p")], new(1, 1));
        var after = StatusCompiler.Compile(cluster, cluster.Policies[new("shop", "p")], new(1, 1), count);

        Assert.Null(before.Shadow);
        Assert.Contains(new(ConditionTypes.Shadow, true, "NoTraffic", "Nothing is changed; no proxy has reported yet"), before.Conditions);
        Assert.Contains(new(ConditionTypes.Shadow, true, "Evaluated", "Of 2000 requests it would have timed out 0.3 %, ejected 10.1.2.3:8080"), after.Conditions);
        Assert.Contains(new(ConditionTypes.Accepted, true, "Accepted", "Valid; evaluated and not enforced"), after.Conditions);
        Assert.Same(count, after.Shadow);
        var figures = StatusCompiler.ShadowStatus(count);
        Assert.Equal((new DateTime(2026, 11, 23, 9, 0, 0, DateTimeKind.Utc), 2000), (figures.Since, figures.Requests));
        Assert.Equal([("request-timeout", 6, "0.3"), ("eject", 1, "0.05")], figures.Decisions!.Select(d => (d.Decision, d.Count, d.Percent)));
        Assert.Equal(["10.1.2.3:8080"], figures.Ejected);
    }

    [Fact]
    public void PolicyInForce_HasNoShadow() => Assert.DoesNotContain(
        Compile(default, "p", Given.Service("catalog"), Given.Policy("p")), condition => condition.Type == ConditionTypes.Shadow);

    [Fact]
    public void ConfigOfAnotherName_DoesNotCount()
    {
        var cluster = Given.Cluster(new MeshConfig { Metadata = new() { Name = "other" } });

        var condition = Assert.Single(StatusCompiler.Compile(cluster.Configs["other"]).Conditions);

        Assert.Equal((ConditionTypes.Accepted, false, "NotDefault"), (condition.Type, condition.Holds, condition.Reason));
    }

    private static IReadOnlyList<Condition> Compile(ProgrammedCount count, string policy, params k8s.IKubernetesObject<k8s.Models.V1ObjectMeta>[] resources) =>
        Compile(Given.Cluster(resources), count, policy).Conditions;

    private static ResourceStatus Compile(ClusterSnapshot cluster, ProgrammedCount count, string policy) =>
        StatusCompiler.Compile(cluster, cluster.Policies[new("shop", policy)], count);
}
