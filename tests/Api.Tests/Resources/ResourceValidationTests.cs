using k8s.Models;
using Mesh.Api.Resources;

namespace Mesh.Api.Tests.Resources;

public sealed class ResourceValidationTests
{
    [Theory]
    [InlineData("500ms", "2s", null)]
    [InlineData("2s", "2s", null)]
    [InlineData("2s", null, null)]
    [InlineData(null, "2s", null)]
    [InlineData("9s", "2s", "spec.timeouts.attempt: found 9s, expected at most spec.timeouts.request (2s)")]
    [InlineData("60001ms", "1m", "spec.timeouts.attempt: found 1m1ms, expected at most spec.timeouts.request (1m)")]
    public void AttemptTimeout_IsAtMostTheRequestTimeout(string? attempt, string? request, string? error) =>
        AssertErrors(error, new() { Timeouts = new() { Attempt = Duration(attempt), Request = Duration(request) } });

    [Theory]
    [InlineData("25ms", "25ms", null)]
    [InlineData("25ms", null, null)]
    [InlineData("1s", "25ms", "spec.retries.backoff.base: found 1s, expected at most spec.retries.backoff.max (25ms)")]
    public void BackoffBase_IsAtMostItsMax(string? from, string? to, string? error) =>
        AssertErrors(error, new() { Retries = new() { Backoff = new() { Base = Duration(from), Max = Duration(to) } } });

    [Theory]
    [InlineData("1ms", null)]
    [InlineData("1h", null)]
    [InlineData("0s", "spec.timeouts.connect: found 0s, expected from 1ms to 1h")]
    [InlineData("0h0m0s0ms", "spec.timeouts.connect: found 0s, expected from 1ms to 1h")]
    [InlineData("3601s", "spec.timeouts.connect: found 1h1s, expected from 1ms to 1h")]
    public void Duration_IsFromAMillisecondToAnHour(string connect, string? error) =>
        AssertErrors(error, new() { Timeouts = new() { Connect = Duration(connect) } });

    [Fact]
    public void Targets_MayStandOnlyOnce()
    {
        var policy = Policy(new()
        {
            TargetRefs =
            [
                new() { Name = "catalog" },
                new() { Name = "catalog", Namespace = "other" },
                new() { Name = "payments" },
                new() { Name = "catalog", Namespace = "shop" },
            ],
        });

        Assert.Equal(
            "spec.targetRefs[3]: found Service shop/catalog a second time, expected each target only once",
            Assert.Single(ResourceValidation.Validate(policy)).ToString());
    }

    [Fact]
    public void MethodsAndConditions_MayStandOnlyOnce()
    {
        var settings = new TrafficPolicySpec { Retries = new() { Methods = ["GET", "PUT", "GET"], On = [RetryOn.Reset, RetryOn.Reset] } };

        Assert.Equal(["spec.retries.on[1]", "spec.retries.methods[2]"], ResourceValidation.Validate(Policy(settings)).Select(e => e.Path));
    }

    [Fact]
    public void OnUnderBothItsNames_IsRefused() => AssertErrors(
        "spec.retries.true: found the same field as on, which is given too, expected only one of the two",
        new() { Retries = new() { On = [RetryOn.Reset], OnUnquoted = [] } });

    [Fact]
    public void EveryError_IsTold()
    {
        var settings = new TrafficPolicySpec { Timeouts = new() { Request = Duration("0s"), Attempt = Duration("2h"), Connect = Duration("0s") } };

        Assert.Equal(
            ["spec.timeouts.request", "spec.timeouts.attempt", "spec.timeouts.connect", "spec.timeouts.attempt"],
            ResourceValidation.Validate(Policy(settings)).Select(e => e.Path));
    }

    [Fact]
    public void MeshConfigsDefaults_AreHeldToTheSameRules()
    {
        var config = new MeshConfig { Spec = new() { Defaults = new() { Timeouts = new() { Attempt = Duration("9s"), Request = Duration("2s") } } } };

        Assert.Equal("spec.defaults.timeouts.attempt", Assert.Single(ResourceValidation.Validate(config)).Path);
    }

    [Fact]
    public void MeshConfigOfAnotherName_IsValid() =>
        Assert.Empty(ResourceValidation.Validate(new MeshConfig { Metadata = new() { Name = "other" } }));

    private static void AssertErrors(string? error, TrafficPolicySpec spec) =>
        Assert.Equal(error is null ? [] : [error], ResourceValidation.Validate(Policy(spec)).Select(e => e.ToString()));

    private static TrafficPolicy Policy(TrafficPolicySpec spec) => new()
    {
        Metadata = new V1ObjectMeta { Name = "catalog", NamespaceProperty = "shop" },
        Spec = spec,
    };

    private static MeshDuration? Duration(string? text) => text is null ? null : MeshDuration.Parse(text);
}
