using k8s.Models;
using Mesh.Api.Injection;
using Mesh.Api.Resources;

namespace Mesh.Operator.Tests.Injection;

/// <summary>With the CNI plugin, a sidecar never makes a pod worse than it was by the Pod Security Standards.</summary>
public sealed class PodSecurityTests
{
    public static TheoryData<string> Injected => [.. PodShapes.All.Where(shape => shape.Outcome.StartsWith("injected", StringComparison.Ordinal)).Select(shape => shape.What)];

    [Theory]
    [MemberData(nameof(Injected))]
    public void Injection_AddsNoViolation_WithTheCniPlugin(string what)
    {
        var shape = PodShapes.All.Single(s => s.What == what) with { Interception = InterceptionMode.Cni, HasIdentity = true };
        var before = shape.Pod;

        Assert.Equal(RestrictedStandard.Violations(before).Order(), RestrictedStandard.Violations(After(shape)).Order());
    }

    [Fact]
    public void RestrictedPod_StaysOne_WithTheCniPlugin()
    {
        var shape = Restricted(InterceptionMode.Cni);

        Assert.Empty(RestrictedStandard.Violations(shape.Pod));
        Assert.Empty(RestrictedStandard.Violations(After(shape)));
    }

    // What docs/reference/interception.md says that mode Init takes, and not a bit more.
    [Fact]
    public void InitContainer_TakesRootAndOneCapability()
    {
        var pod = After(Restricted(InterceptionMode.Init));

        Assert.Equal(["mesh-init: capabilities added", "mesh-init: runAsNonRoot", "mesh-init: runAsUser 0"], RestrictedStandard.Violations(pod).Order());
    }

    // The checks find what they are for: each of these breaks one control.
    [Theory]
    [InlineData("hostPID: true", "host namespaces")]
    [InlineData("volumes: [{name: node, hostPath: {path: /}}]", "volume node")]
    [InlineData("securityContext: {sysctls: [{name: kernel.msgmax, value: \"1\"}]}", "sysctl kernel.msgmax")]
    [InlineData("initContainers: [{name: i, image: i, securityContext: {privileged: true}}]", "i: privileged")]
    public void Violation_IsFound(string spec, string violation) => Assert.Contains(violation, RestrictedStandard.Violations(new PodShape("", "", "", $"{spec}\n{PodShape.Plain}").Pod));

    private static PodShape Restricted(InterceptionMode mode) => PodShapes.All.Single(shape => shape.What == "Restricted security context") with { Interception = mode, HasIdentity = true };

    private static V1Pod After(PodShape shape) => PatchedPod.Of(shape.Pod, Assert.IsType<InjectionDecision.Inject>(shape.Decide(shape.Pod)));
}
