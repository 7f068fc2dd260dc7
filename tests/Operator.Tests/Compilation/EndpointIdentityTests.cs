using k8s.Models;
using Mesh.Api.Interception;
using Mesh.Api.Resources;
using Mesh.Operator.Compilation;
using Mesh.Operator.State;

namespace Mesh.Operator.Tests.Compilation;

public sealed class EndpointIdentityTests
{
    private const string Frontend = "spiffe://cluster.local/ns/shop/sa/frontend";

    private static readonly string[] Intercepted = [InterceptionNames.InitContainer, InterceptionNames.SidecarContainer];

    [Fact]
    public void MeshedPod_ProvesItsServiceAccount() => Assert.Equal(Frontend, Identity(Pod(Intercepted)));

    [Fact]
    public void PodOnACniNode_ProvesItsServiceAccount() =>
        Assert.Equal(Frontend, Identity(Pod([InterceptionNames.VerifyContainer, InterceptionNames.SidecarContainer])));

    [Fact]
    public void PodWithoutSidecar_ProvesNothing() => Assert.Empty(Identity(Pod([])));

    [Fact]
    public void AnnotationAlone_IsNoProofOfASidecar() => Assert.Empty(Identity(Pod([], (MeshApi.InjectAnnotation, "true"))));

    [Fact]
    public void StandalonePod_IsDeclaredMeshed() => Assert.Equal(Frontend, Identity(Pod([], (WellKnown.MeshedAnnotation, "true"))));

    [Fact]
    public void WithoutInterception_OnlyThePortInFrontOfWhichTheSidecarStandsIsProved()
    {
        Assert.Equal(Frontend, Identity(Pod([InterceptionNames.SidecarContainer], (WellKnown.InboundPortsAnnotation, "8080=15006"))));
        Assert.Empty(Identity(Pod([InterceptionNames.SidecarContainer], (WellKnown.InboundPortsAnnotation, "9090=15006"))));
    }

    [Theory]
    [InlineData("8080", "")]
    [InlineData("8000-9000", "")]
    [InlineData("9090", Frontend)]
    public void SkippedPort_IsReachedWithoutTheSidecar(string skipped, string identity) =>
        Assert.Equal(identity, Identity(Pod(Intercepted, (InterceptionNames.SkipInboundPorts, skipped))));

    [Theory]
    [InlineData("mesh.io/mtls", "off", "")]
    [InlineData("mesh.io/mtls", "Strict", Frontend)]
    [InlineData("mesh.io/mtls-ports", "8080=off", "")]
    [InlineData("mesh.io/mtls-ports", "9090=off", Frontend)]
    [InlineData("mesh.io/mtls", "of", Frontend)]
    public void PortThatTakesNoMutualTls_IsSpokenToInTheClear(string annotation, string value, string identity) =>
        Assert.Equal(identity, Identity(Pod(Intercepted, (annotation, value))));

    [Fact]
    public void NamespacesMode_IsFollowed()
    {
        var state = State(Pod(Intercepted));
        using var feed = state.Follow();
        Assert.Equal(Frontend, Identity(state));

        Given.Upsert(state, new V1Namespace { Metadata = new() { Name = "shop", Annotations = new Dictionary<string, string> { ["mesh.io/mtls"] = "Off" } } });

        Assert.Empty(Identity(state));
    }

    [Fact]
    public async Task NamespacesMode_ConcernsItsServices()
    {
        var state = State(Pod(Intercepted));
        using var feed = state.Follow();
        await feed.NextAsync(TestContext.Current.CancellationToken);

        Given.Upsert(state, new V1Namespace { Metadata = new() { Name = "shop", Annotations = new Dictionary<string, string> { ["mesh.io/mtls"] = "Off" } } });

        Assert.Contains(Given.Name("shop/catalog"), (await feed.NextAsync(TestContext.Current.CancellationToken)).Changes.Services);
    }

    [Fact]
    public void TrustDomain_IsTheMeshs()
    {
        var state = State(Pod(Intercepted));

        Given.Upsert(state, new MeshConfig { Metadata = new() { Name = "default" }, Spec = new() { Identity = new() { TrustDomain = "example.org" } } });

        Assert.Equal("spiffe://example.org/ns/shop/sa/frontend", Identity(state));
    }

    [Fact]
    public void PodWithoutNamedAccount_RunsUnderTheDefault()
    {
        var pod = Pod(Intercepted);
        pod.Spec.ServiceAccountName = null;

        Assert.Equal("spiffe://cluster.local/ns/shop/sa/default", Identity(pod));
    }

    [Fact]
    public void WithoutIdentities_NobodyProvesAnything()
    {
        var state = new ClusterState();
        Fill(state, Pod(Intercepted));

        Assert.Empty(Identity(state));
    }

    private static V1Pod Pod(string[] containers, params (string Name, string Value)[] annotations) => new()
    {
        Metadata = new() { Name = "a", NamespaceProperty = "shop", Annotations = annotations.ToDictionary(item => item.Name, item => item.Value) },
        Spec = new()
        {
            ServiceAccountName = "frontend",
            Containers = [new() { Name = "app" }],
            InitContainers = [.. containers.Select(name => new V1Container { Name = name })],
        },
    };

    private static ClusterState State(V1Pod pod)
    {
        var state = new ClusterState(issuesIdentities: true);
        Fill(state, pod);
        return state;
    }

    private static void Fill(ClusterState state, V1Pod pod)
    {
        Given.Sync(state);
        Given.Upsert(state, Given.Service("catalog"), Given.Slice("catalog", Given.Endpoint("10.0.0.1", pod: "a")), pod);
    }

    private static string Identity(V1Pod pod) => Identity(State(pod));

    private static string Identity(ClusterState state) =>
        Assert.Single(EndpointSelection.Select(state.Current, Given.Name("shop/catalog"), Given.Service("catalog").Spec.Ports[0])).Identity;
}
