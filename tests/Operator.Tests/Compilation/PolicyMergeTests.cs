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

    [Fact]
    public void NoPolicy_OpensNoBreakerLimitsNothingAndBreaksNothing()
    {
        var policy = PolicyMerge.Merge(Given.Cluster(Given.Service("catalog")), Given.Name("shop/catalog"), null);

        Assert.Null(policy.Hedging);
        Assert.Null(policy.RateLimit);
        Assert.Null(policy.Concurrency.Adaptive);
        Assert.Empty(policy.Faults);
        Assert.Equal((0u, 0u), (policy.Concurrency.MaxRequests, policy.Concurrency.QueueLength));
        foreach (var breaker in new[] { policy.CircuitBreaker.Endpoint, policy.CircuitBreaker.Destination })
            Assert.Equal((0u, 0u, 0u), (breaker.ConsecutiveFailures, breaker.FailurePercent, breaker.SlowCallPercent));
        Assert.Equal((500u, 599u), (policy.CircuitBreaker.FailureStatuses[0].From, policy.CircuitBreaker.FailureStatuses[0].To));
        Assert.Equal([2u, 4, 13, 14, 15], policy.CircuitBreaker.FailureGrpcCodes);
        Assert.Equal(ZonePreference.Hints, policy.LoadBalancer.Zone);
        Assert.Null(policy.LoadBalancer.Hash);
    }

    [Fact]
    public void FullPolicy_SaysWhatItsYamlSays()
    {
        var file = ManifestReader.Read("full.yaml", """
            apiVersion: mesh.io/v1alpha1
            kind: TrafficPolicy
            metadata: {name: full, namespace: shop}
            spec:
              targetRefs: [{name: catalog}]
              timeouts: {idle: 5m}
              retries: {statusCodes: [429, 409], grpcCodes: [UNAVAILABLE, ABORTED]}
              hedging: {delay: 50ms, percentile: 95}
              circuitBreaker:
                failures: {statusCodes: [503, 4xx], grpcCodes: [UNAVAILABLE]}
                endpoint: {consecutiveFailures: 5, failurePercent: 50, slowCallPercent: 60, slowCallDuration: 2s, minRequests: 7, window: 20s, openFor: 3s, openForMax: 1m, maxEjectedPercent: 30, panicPercent: 10}
                destination: {failurePercent: 90}
              concurrency:
                maxRequests: 100
                queue: {length: 10, timeout: 500ms}
                adaptive: {}
                priorities: [{header: {name: X-Tier, values: [gold]}, priority: 10}, {identities: ["shop/frontend"], priority: -5}]
              rateLimit:
                total: {requests: 100, per: 10s, burst: 200}
                caller: {requests: 5}
                header: {name: X-Api-Key, requests: 1}
              loadBalancer: {algorithm: Maglev, hash: {header: X-User}, slowStart: 30s, zone: Prefer}
              faults: [{percent: 0.25, delay: 1s, abort: {status: 503}}, {header: {name: X-Break}, abort: {grpcCode: UNAVAILABLE}}]
            """);
        Assert.Empty(file.Errors);
        var policy = PolicyMerge.Merge(Given.Cluster([Given.Service("catalog"), .. file.Objects]), Given.Name("shop/catalog"), null);

        var expected = Google.Protobuf.JsonParser.Default.Parse<Policy>("""
            {
              "timeouts": {"connect": "1s", "idle": "300s"},
              "retries": {
                "attempts": 2, "on": ["CONNECT_FAILURE", "REFUSED_STREAM"], "methods": ["DELETE", "GET", "HEAD", "OPTIONS", "PUT", "TRACE"],
                "backoffBase": "0.025s", "backoffMax": "0.250s", "budget": {"percent": 20, "minPerSecond": 10}, "statusCodes": [409, 429], "grpcCodes": [10, 14]
              },
              "hedging": {"delay": "0.050s", "percentile": 95},
              "circuitBreaker": {
                "failureStatuses": [{"from": 400, "to": 499}, {"from": 503, "to": 503}], "failureGrpcCodes": [14],
                "endpoint": {"consecutiveFailures": 5, "failurePercent": 50, "slowCallPercent": 60, "slowCallDuration": "2s", "minRequests": 7, "window": "20s", "openFor": "3s", "openForMax": "60s"},
                "maxEjectedPercent": 30, "panicPercent": 10,
                "destination": {"failurePercent": 90, "slowCallDuration": "1s", "minRequests": 20, "window": "10s", "openFor": "10s", "openForMax": "300s"}
              },
              "concurrency": {
                "maxRequests": 100, "queueLength": 10, "queueTimeout": "0.5s", "adaptive": {"minLimit": 4, "maxLimit": 1000},
                "priorities": [{"match": {"header": {"name": "x-tier", "values": ["gold"]}}, "priority": 10}, {"match": {"identities": ["shop/frontend"]}, "priority": -5}]
              },
              "rateLimit": {
                "total": {"requests": 100, "per": "10s", "burst": 200}, "caller": {"requests": 5, "per": "1s", "burst": 5},
                "header": {"requests": 1, "per": "1s", "burst": 1}, "headerName": "x-api-key"
              },
              "loadBalancer": {"algorithm": "MAGLEV", "hash": {"header": "x-user"}, "slowStart": "30s", "zone": "PREFER"},
              "faults": [{"share": 25, "match": {}, "delay": "1s", "status": 503}, {"share": 10000, "match": {"header": {"name": "x-break"}}, "grpcCode": 14}],
              "sources": [{"namespace": "shop", "name": "full"}]
            }
            """);
        Assert.Equal(expected, policy);
    }

    [Fact]
    public void OpenForOfTwoLayers_IsKeptConsistent()
    {
        var cluster = Given.Cluster(Given.Service("catalog"), Given.Policy("a", spec: s => s.CircuitBreaker = new() { Destination = new() { OpenForMax = Given.Milliseconds(10) } }));

        Assert.Equal(TimeSpan.FromMilliseconds(10), PolicyMerge.Merge(cluster, Given.Name("shop/catalog"), null).CircuitBreaker.Destination.OpenFor.ToTimeSpan());
    }

    [Theory]
    [InlineData(null, LoadBalancerAlgorithm.Maglev, true)]
    [InlineData(Algorithm.RoundRobin, LoadBalancerAlgorithm.RoundRobin, false)]
    public void SessionAffinityClientIP_SticksByCallerUnlessAPolicySaysOtherwise(Algorithm? wish, LoadBalancerAlgorithm algorithm, bool byCaller)
    {
        var service = Given.Service("catalog");
        service.Spec.SessionAffinity = "ClientIP";
        var cluster = Given.Cluster(
            service, Given.Policy("p", spec: s => s.LoadBalancer = new() { Algorithm = wish }), Config(new() { LoadBalancer = new() { Algorithm = Algorithm.Random } }));

        var balancing = PolicyMerge.Merge(cluster, Given.Name("shop/catalog"), null).LoadBalancer;

        Assert.Equal((algorithm, byCaller), (balancing.Algorithm, balancing.Hash?.Caller is true));
    }

    [Fact]
    public void ShadowPolicy_HasNoPartInWhatIsInForce()
    {
        var cluster = Given.Cluster(
            Given.Service("catalog"),
            Given.Policy("enforced", created: DateTime.UnixEpoch, spec: s => s.Timeouts = new() { Request = Given.Milliseconds(500), Attempt = Given.Milliseconds(100) }),
            Given.Policy("tried", generation: 3, spec: s => (s.Mode, s.Timeouts) = (PolicyMode.Shadow, new() { Request = Given.Milliseconds(200) })));

        var inForce = PolicyMerge.Merge(cluster, Given.Name("shop/catalog"), null);
        var shadow = PolicyMerge.MergeShadow(cluster, Given.Name("shop/catalog"), null)!;

        Assert.Equal((500, 100, 1000), Timeouts(inForce));
        Assert.Equal((200, 100, 1000), Timeouts(shadow));
        Assert.Equal(["shop/enforced@1"], inForce.Sources.Select(s => $"{s.Namespace}/{s.Name}@{s.Generation}"));
        Assert.Equal(["shop/tried@3"], shadow.Sources.Select(s => $"{s.Namespace}/{s.Name}@{s.Generation}"));
    }

    [Fact]
    public void ProducersShadowPolicy_IsStillBeneathTheClientsOwn()
    {
        var cluster = Given.Cluster(
            Given.Service("catalog"),
            Given.Policy("consumer", space: "web", spec: s => s.Timeouts = new() { Request = Given.Milliseconds(500), Attempt = Given.Milliseconds(1) }),
            Given.Policy("tried", spec: s => (s.Mode, s.Timeouts) = (PolicyMode.Shadow, new() { Request = Given.Milliseconds(200) })));

        Assert.Equal((500, 1, 1000), Timeouts(PolicyMerge.MergeShadow(cluster, Given.Name("shop/catalog"), "web")!));
    }

    [Fact]
    public void NoShadowPolicy_NoShadow() =>
        Assert.Null(PolicyMerge.MergeShadow(Given.Cluster(Given.Service("catalog"), Given.Policy("p")), Given.Name("shop/catalog"), null));

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
