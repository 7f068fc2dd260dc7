using k8s;
using k8s.Models;
using Mesh.Api.Injection;
using Mesh.Api.Interception;
using Mesh.Api.Resources;

namespace Mesh.Operator.Tests.Injection;

public sealed class PodInjectorTests
{
    private static readonly SidecarOptions Options = new("mesh/proxy:1.2.3", "mesh-system");
    private static readonly Dictionary<string, string> Asked = new() { [MeshApi.InjectAnnotation] = "true" };

    public static TheoryData<string> Shapes =>
        [.. Directory.EnumerateFiles(GoldenFile.Directory, "*.in.yaml").Select(f => Path.GetFileName(f)[..^".in.yaml".Length]).Order()];

    public static TheoryData<string, InterceptionMode> ShapesInEveryMode =>
        [.. from shape in Shapes from mode in Enum.GetValues<InterceptionMode>() select (shape.Data, mode)];

    [Theory]
    [MemberData(nameof(ShapesInEveryMode))]
    public void Pod_BecomesGoldenFile(string shape, InterceptionMode mode)
    {
        var pod = GoldenFile.Pod($"{shape}.in.yaml");

        var inject = Assert.IsType<InjectionDecision.Inject>(PodInjector.Decide(pod, "shop", Asked, Options with { Interception = mode }));

        GoldenFile.Verify($"{shape}.{mode.ToString().ToLowerInvariant()}.yaml", KubernetesYaml.Serialize(PatchedPod.Of(pod, inject)) + "\n");
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void InjectedPod_IsLeftAlone(string shape)
    {
        var pod = GoldenFile.Pod($"{shape}.in.yaml");
        var injected = PatchedPod.Of(pod, Assert.IsType<InjectionDecision.Inject>(PodInjector.Decide(pod, "shop", Asked, Options)));

        Assert.Equal("already injected", Reason(PodInjector.Decide(injected, "shop", Asked, Options)));
    }

    [Fact]
    public void PodThatOptsOut_IsLeftAlone_WhateverItsNamespaceSays() =>
        Assert.Equal("opted out by annotation mesh.io/inject on the pod", Reason(PodInjector.Decide(Pod("false"), "shop", Asked, Options)));

    [Fact]
    public void PodThatAsks_IsInjected_WhateverItsNamespaceSays()
    {
        var refusing = new Dictionary<string, string> { [MeshApi.InjectAnnotation] = "false" };

        Assert.IsType<InjectionDecision.Inject>(PodInjector.Decide(Pod("true"), "shop", refusing, Options));
    }

    [Fact]
    public void NamespaceThatOptsOut_IsNamedAsTheReason()
    {
        var refusing = new Dictionary<string, string> { [MeshApi.InjectAnnotation] = "false" };

        Assert.Equal("opted out by annotation mesh.io/inject on the namespace shop", Reason(PodInjector.Decide(Pod(null), "shop", refusing, Options)));
    }

    [Fact]
    public void PodThatNobodyAskedFor_IsLeftAlone() =>
        Assert.Equal(
            "not asked for: neither the pod nor namespace shop has annotation mesh.io/inject", Reason(PodInjector.Decide(Pod(null), "shop", null, Options)));

    [Theory]
    [InlineData("mesh-system", "namespace mesh-system is the mesh's own")]
    [InlineData("kube-system", "namespace kube-system is Kubernetes' own")]
    public void SystemNamespace_IsLeftAlone_EvenWhereAsked(string ns, string reason) =>
        Assert.Equal(reason, Reason(PodInjector.Decide(Pod("true"), ns, Asked, Options)));

    [Fact]
    public void HostNetwork_IsLeftAlone_AgainstTheWish()
    {
        var pod = Pod("true");
        pod.Spec.HostNetwork = true;

        var decision = Assert.IsType<InjectionDecision.LeaveAlone>(PodInjector.Decide(pod, "shop", null, Options));

        Assert.StartsWith("hostNetwork:", decision.Reason, StringComparison.Ordinal);
        Assert.True(decision.AgainstTheWish);
    }

    [Fact]
    public void HostNetworkThatNobodyAskedFor_IsNotAgainstAnyWish()
    {
        var pod = Pod(null);
        pod.Spec.HostNetwork = true;

        Assert.False(Assert.IsType<InjectionDecision.LeaveAlone>(PodInjector.Decide(pod, "shop", null, Options)).AgainstTheWish);
    }

    [Theory]
    [InlineData("yes")]
    [InlineData("True")]
    [InlineData("")]
    public void AnnotationOfAnotherValue_IsDenied_WithNameFoundAndExpected(string value)
    {
        var decision = Assert.IsType<InjectionDecision.Deny>(PodInjector.Decide(Pod(value), "shop", Asked, Options));

        Assert.Equal($"annotation mesh.io/inject on the pod: found \"{value}\", expected \"true\" or \"false\"", decision.Reason);
    }

    [Fact]
    public void SkipThatCannotBeRead_IsDenied_WithAnnotationFoundAndExpected()
    {
        var pod = Pod("true");
        pod.Metadata.Annotations[InterceptionNames.SkipOutboundPorts] = "5432,https";

        var decision = Assert.IsType<InjectionDecision.Deny>(PodInjector.Decide(pod, "shop", Asked, Options));

        Assert.Equal("annotation mesh.io/skip-outbound-ports on the pod: found \"https\", expected a port such as 8080 or a range such as 9000-9100, from 1 to 65535", decision.Reason);
    }

    [Fact]
    public void ApplicationWithTheProxysUser_IsDenied_SinceItWouldRunPastTheMesh()
    {
        var pod = Pod("true");
        pod.Spec.SecurityContext = new V1PodSecurityContext { RunAsUser = 2102 };

        var decision = Assert.IsType<InjectionDecision.Deny>(PodInjector.Decide(pod, "shop", Asked, Options));
        Assert.Equal("container app: securityContext.runAsUser: found 2102, expected another: what the sidecar's user opens is not intercepted", decision.Reason);

        pod.Spec.Containers[0].SecurityContext = new V1SecurityContext { RunAsUser = 1000 };
        Assert.IsType<InjectionDecision.Inject>(PodInjector.Decide(pod, "shop", Asked, Options));
    }

    [Fact]
    public void PodWithoutContainers_IsLeftToTheApiServer()
    {
        var pod = new V1Pod { Spec = new V1PodSpec { Containers = [] } };

        Assert.Equal("it has no containers", Reason(PodInjector.Decide(pod, "shop", Asked, Options)));
    }

    private static string Reason(InjectionDecision decision) => Assert.IsType<InjectionDecision.LeaveAlone>(decision).Reason;

    private static V1Pod Pod(string? wish) => new()
    {
        Metadata = new V1ObjectMeta
        {
            GenerateName = "catalog-",
            Annotations = wish is null ? null : new Dictionary<string, string> { [MeshApi.InjectAnnotation] = wish },
        },
        Spec = new V1PodSpec { Containers = [new V1Container { Name = "app", Image = "shop/catalog:1" }] },
    };
}
