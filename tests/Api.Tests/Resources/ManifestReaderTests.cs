using k8s.Models;
using Mesh.Api.Resources;

namespace Mesh.Api.Tests.Resources;

public sealed class ManifestReaderTests
{
    private const string Policy = """
        apiVersion: mesh.io/v1alpha1
        kind: TrafficPolicy
        metadata: {name: catalog, namespace: shop}
        spec:
          targetRefs: [{group: "", kind: Service, name: catalog}]
          timeouts: {request: 2s, attempt: 500ms, connect: 1s}
          retries:
            attempts: 2                     # re-sends after the first try
            on: [ConnectFailure, RefusedStream, Reset, GatewayError, ServerError, AttemptTimeout]   # default: the first two
            methods: [GET, HEAD, OPTIONS]   # default: the idempotent ones
            backoff: {base: 25ms, max: 250ms}
            budget: {percent: 20, minPerSecond: 10}
          loadBalancer: {algorithm: PeakEwma}
        status: {conditions: []}
        """;

    [Fact]
    public void TrafficPolicy_IsRead()
    {
        var file = Read(Policy);

        Assert.Empty(file.Errors);
        Assert.True(file.IsComplete);
        var policy = Assert.IsType<TrafficPolicy>(Assert.Single(file.Objects));
        Assert.Equal("catalog", policy.Spec.TargetRefs[0].Name);
        Assert.Equal(TimeSpan.FromMilliseconds(500), policy.Spec.Timeouts?.Attempt?.Value);
        Assert.Equal(6, policy.Spec.Retries?.On?.Count);
        Assert.Equal(Algorithm.PeakEwma, policy.Spec.LoadBalancer?.Algorithm);
    }

    [Fact]
    public void WithoutNamespace_IsInDefault() =>
        Assert.Equal("default", Assert.Single(Read(Policy.Replace(", namespace: shop", "", StringComparison.Ordinal)).Objects).Namespace());

    [Theory]
    [InlineData("request: 2s", "request: 5x", "f.yaml:6: TrafficPolicy shop/catalog: spec.timeouts.request: found \"5x\", expected a duration such as 1s, 250ms or 1m30s")]
    [InlineData("attempt: 500ms", "attempt: 9s", "f.yaml:6: TrafficPolicy shop/catalog: spec.timeouts.attempt: found 9s, expected at most spec.timeouts.request (2s)")]
    [InlineData("attempts: 2 ", "attempts: two ", "f.yaml:8: TrafficPolicy shop/catalog: spec.retries.attempts: found \"two\", expected an integer")]
    [InlineData("attempts: 2 ", "attempts: 11 ", "f.yaml:8: TrafficPolicy shop/catalog: spec.retries.attempts: found 11, expected a number from 0 to 10")]
    [InlineData("attempts: 2 ", "tries: 2 ", "f.yaml:8: TrafficPolicy shop/catalog: spec.retries.tries: found an unknown field, expected one of attempts, backoff, budget, methods, on, true")]
    [InlineData("kind: Service, name: catalog", "kind: Service", "f.yaml:5: TrafficPolicy shop/catalog: spec.targetRefs[0].name: found nothing, expected a string")]
    [InlineData("kind: TrafficPolicy", "kind: TrafficPolice", "f.yaml:2: kind: found TrafficPolice, expected TrafficPolicy or MeshConfig")]
    [InlineData("v1alpha1", "v1", "f.yaml:1: TrafficPolicy shop/catalog: apiVersion: found mesh.io/v1, expected mesh.io/v1alpha1")]
    [InlineData("name: catalog, namespace", "nome: catalog, namespace", "f.yaml:3: TrafficPolicy: metadata.name: found nothing, expected the object's name")]
    [InlineData("algorithm: PeakEwma", "algorithm: Fastest", "f.yaml:13: TrafficPolicy shop/catalog: spec.loadBalancer.algorithm: found \"Fastest\", expected one of PeakEwma, LeastRequest, RoundRobin, Random")]
    [InlineData("base: 25ms", "base: 1m", "f.yaml:11: TrafficPolicy shop/catalog: spec.retries.backoff.base: found 1m, expected at most spec.retries.backoff.max (250ms)")]
    public void Mistake_IsToldWithLineAndPath(string from, string to, string error) =>
        Assert.Equal(error, Assert.Single(Read(Policy.Replace(from, to, StringComparison.Ordinal)).Errors).ToString());

    private static ManifestFile Read(string text) => ManifestReader.Read("f.yaml", text);
}
