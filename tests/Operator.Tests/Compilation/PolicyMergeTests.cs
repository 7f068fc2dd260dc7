using Mesh.Api.Discovery;
using Mesh.Api.Resources;
using Mesh.Operator.Compilation;

namespace Mesh.Operator.Tests.Compilation;

public sealed class PolicyMergeTests
{
    [Fact]
    public void NoPolicy_GivesTheSafeDefaults()
    {
        var policy = PolicyMerge.Merge(Given.Cluster(Given.Service("catalog")), Given.Name("shop/catalog"), null);

        Assert.Null(policy.Timeouts.Request);
        Assert.Null(policy.Timeouts.Attempt);
        Assert.Equal(TimeSpan.FromSeconds(1), policy.Timeouts.Connect.ToTimeSpan());
        Assert.Equal(2u, policy.Retries.Attempts);
        Assert.Equal([RetryCondition.ConnectFailure, RetryCondition.RefusedStream], policy.Retries.On);
        Assert.Equal(["DELETE", "GET", "HEAD", "OPTIONS", "PUT", "TRACE"], policy.Retries.Methods);
        Assert.Equal(TimeSpan.FromMilliseconds(25), policy.Retries.BackoffBase.ToTimeSpan());
        Assert.Equal(TimeSpan.FromMilliseconds(250), policy.Retries.BackoffMax.ToTimeSpan());
        Assert.Equal((20u, 10u), (policy.Retries.Budget.Percent, policy.Retries.Budget.MinPerSecond));
        Assert.Equal(LoadBalancerAlgorithm.PeakEwma, policy.LoadBalancer.Algorithm);
        Assert.Empty(policy.Sources);
    }

    [Fact]
    public void EachField_ComesFromTheMostSpecificLayerThatHasIt()
    {
        var cluster = Given.Cluster(
            Given.Service("catalog"),
            Given.Policy("consumer", space: "web", spec: s => s.Timeouts = new() { Request = Given.Milliseconds(100) }),
            Given.Policy("producer", generation: 7, spec: s =>
            {
                s.Timeouts = new() { Request = Given.Milliseconds(200), Attempt = Given.Milliseconds(50) };
                s.Retries = new() { Budget = new() { Percent = 5 } };
            }),
            Config(new() { Timeouts = new() { Connect = Given.Milliseconds(300), Attempt = Given.Milliseconds(99) }, Retries = new() { Attempts = 0 } }));

        var web = PolicyMerge.Merge(cluster, Given.Name("shop/catalog"), "web");
        var others = PolicyMerge.Merge(cluster, Given.Name("shop/catalog"), null);

        Assert.Equal((100, 50, 300), Timeouts(web));
        Assert.Equal((200, 50, 300), Timeouts(others));
        Assert.Equal((0u, 5u, 10u), (web.Retries.Attempts, web.Retries.Budget.Percent, web.Retries.Budget.MinPerSecond));
        Assert.Equal(["web/consumer@1", "shop/producer@7"], web.Sources.Select(s => $"{s.Namespace}/{s.Name}@{s.Generation}"));
        Assert.Equal(["shop/producer@7"], others.Sources.Select(s => $"{s.Namespace}/{s.Name}@{s.Generation}"));
    }

    [Fact]
    public void EqualStanding_TheOlderWinsThenTheName()
    {
        var cluster = Given.Cluster(
            Given.Service("catalog"),
            Given.Policy("a", created: new(2026, 2, 1, 0, 0, 0, DateTimeKind.Utc), spec: s => s.Retries = new() { Attempts = 1 }),
            Given.Policy("b", created: new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc), spec: s => s.Retries = new() { Attempts = 2 }),
            Given.Policy("d", spec: s => s.LoadBalancer = new() { Algorithm = Algorithm.Random }),
            Given.Policy("c", spec: s => s.LoadBalancer = new() { Algorithm = Algorithm.RoundRobin }));

        var policy = PolicyMerge.Merge(cluster, Given.Name("shop/catalog"), null);

        Assert.Equal(2u, policy.Retries.Attempts);
        Assert.Equal(LoadBalancerAlgorithm.RoundRobin, policy.LoadBalancer.Algorithm);
    }

    [Fact]
    public void EmptyListOfConditions_MeansNone()
    {
        var cluster = Given.Cluster(Given.Service("catalog"), Given.Policy("a", spec: s => s.Retries = new() { On = [], Methods = [] }));

        var policy = PolicyMerge.Merge(cluster, Given.Name("shop/catalog"), null);

        Assert.Empty(policy.Retries.On);
        Assert.Empty(policy.Retries.Methods);
    }

    [Fact]
    public void BackoffOfTwoLayers_IsKeptConsistent()
    {
        var cluster = Given.Cluster(Given.Service("catalog"), Given.Policy("a", spec: s => s.Retries = new() { Backoff = new() { Max = Given.Milliseconds(10) } }));

        Assert.Equal(TimeSpan.FromMilliseconds(10), PolicyMerge.Merge(cluster, Given.Name("shop/catalog"), null).Retries.BackoffBase.ToTimeSpan());
    }

    [Fact]
    public void EveryField_IsMerged()
    {
        var fields = PolicyFields.All.Select(field => field.Path).ToList();
        var leaves = Leaves(typeof(TrafficSettings), "").ToList();

        // Either by itself, or as a part of a field that is merged whole.
        Assert.All(leaves, leaf => Assert.Single(fields, field => leaf == field || leaf.StartsWith(field + ".", StringComparison.Ordinal)));
        Assert.All(fields, field => Assert.Contains(leaves, leaf => leaf == field || leaf.StartsWith(field + ".", StringComparison.Ordinal)));
    }

    private static (int Request, int Attempt, int Connect) Timeouts(Policy policy) =>
        ((int)policy.Timeouts.Request.ToTimeSpan().TotalMilliseconds, (int)policy.Timeouts.Attempt.ToTimeSpan().TotalMilliseconds, (int)policy.Timeouts.Connect.ToTimeSpan().TotalMilliseconds);

    private static IEnumerable<string> Leaves(Type type, string path) =>
        from property in type.GetProperties()
        // The alias for an unquoted "on" is the same field.
        where property.Name != nameof(RetrySettings.OnUnquoted)
        let name = path + char.ToLowerInvariant(property.Name[0]) + property.Name[1..]
        from leaf in property.PropertyType.Name.EndsWith("Settings", StringComparison.Ordinal) ? Leaves(property.PropertyType, name + ".") : [name]
        select leaf;

    private static MeshConfig Config(TrafficSettings defaults) => new() { Metadata = new() { Name = MeshConfig.DefaultName }, Spec = new() { Defaults = defaults } };
}
