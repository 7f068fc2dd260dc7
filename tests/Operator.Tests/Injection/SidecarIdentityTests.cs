using System.Text.Json.Nodes;
using k8s.Models;
using Mesh.Api.Identity;
using Mesh.Api.Injection;
using Mesh.Api.Resources;

namespace Mesh.Operator.Tests.Injection;

public sealed class SidecarIdentityTests
{
    private static readonly SidecarOptions Options = new("mesh/proxy:1.2.3", "mesh-system")
    {
        Identity = new(new SpiffeId("example.org", "mesh-system", "mesh-operator"), "-----BEGIN CERTIFICATE-----"),
    };

    private static readonly Dictionary<string, string> Asked = new() { [MeshApi.InjectAnnotation] = "true" };

    [Fact]
    public void Sidecar_IsToldWhomToBelieve()
    {
        var sidecar = Injected(Options);

        Assert.Equal("https://mesh-operator.mesh-system.svc:15010", sidecar.Args[2]);
        Assert.Equal("-----BEGIN CERTIFICATE-----", Variable(sidecar, "MESH_TRUST_ANCHORS"));
        Assert.Equal("spiffe://example.org/ns/mesh-system/sa/mesh-operator", Variable(sidecar, "MESH_OPERATOR_IDENTITY"));
        Assert.Equal("/var/run/secrets/mesh.io/token", Variable(sidecar, "MESH_TOKEN_FILE"));
        Assert.Equal("/var/run/mesh.io/identity", Variable(sidecar, "MESH_IDENTITY_CACHE"));
        Assert.Equal(["/var/run/secrets/mesh.io", "/var/run/mesh.io/identity"], sidecar.VolumeMounts.Select(mount => mount.MountPath));
    }

    [Fact]
    public void Pod_GetsATokenForOurAudienceOnly()
    {
        var volumes = Volumes(new V1Pod { Spec = new V1PodSpec { Containers = [new() { Name = "app" }] } }).SelectMany(added => added.AsArray()).ToList();

        var token = volumes[0]!["projected"]!["sources"]![0]!["serviceAccountToken"]!;
        Assert.Equal("mesh.io", token["audience"]!.GetValue<string>());
        Assert.Equal(3600, token["expirationSeconds"]!.GetValue<int>());
        Assert.Equal("token", token["path"]!.GetValue<string>());
        Assert.NotNull(volumes[1]!["emptyDir"]);
    }

    [Fact]
    public void PodsOwnVolumes_Stay()
    {
        var pod = new V1Pod { Spec = new V1PodSpec { Containers = [new() { Name = "app" }], Volumes = [new() { Name = "data", EmptyDir = new() }] } };

        Assert.Equal(["mesh-identity-token", "mesh-identity-cache"], Volumes(pod).Select(volume => volume["name"]!.GetValue<string>()));
    }

    [Fact]
    public void WithoutIdentity_NothingIsAdded()
    {
        var sidecar = Injected(Options with { Identity = null });

        Assert.Equal("http://mesh-operator.mesh-system.svc:15010", sidecar.Args[2]);
        Assert.Null(sidecar.VolumeMounts);
        Assert.DoesNotContain(sidecar.Env, variable => variable.Name == "MESH_TRUST_ANCHORS");
    }

    private static IEnumerable<JsonNode> Volumes(V1Pod pod) =>
        from operation in Assert.IsType<InjectionDecision.Inject>(PodInjector.Decide(pod, "shop", Asked, Options)).Patch
        where operation.Path.StartsWith("/spec/volumes", StringComparison.Ordinal)
        select operation.Value!;

    private static V1Container Injected(SidecarOptions options)
    {
        var pod = new V1Pod { Spec = new V1PodSpec { Containers = [new() { Name = "app" }] } };
        return PatchedPod.Of(pod, Assert.IsType<InjectionDecision.Inject>(PodInjector.Decide(pod, "shop", Asked, options))).Spec.InitContainers.Single(container => container.Name == Sidecar.ContainerName);
    }

    private static string Variable(V1Container container, string name) => container.Env.Single(variable => variable.Name == name).Value;
}
