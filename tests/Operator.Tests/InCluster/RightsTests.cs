using System.Net;
using k8s;
using k8s.Models;
using Mesh.Api.Identity;
using Mesh.Api.Resources;
using Mesh.KubeApi;
using Mesh.KubeApi.Clusters;
using Mesh.Operator.Hosting;
using Mesh.Operator.Identity;
using Mesh.Operator.Injection;
using Mesh.Operator.Tests.Identity;

namespace Mesh.Operator.Tests.InCluster;

/// <summary>
/// The operator under the name, the service account and the rights that <c>config</c> gives it, which are the chart's: it uses every one of
/// them, and lacks none. Each act below is what a right is for.
/// </summary>
public sealed class RightsTests : IAsyncLifetime
{
    private const string Space = "mesh-system";
    private const string Account = "mesh-operator";

    private readonly ClusterFixture _cluster = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mesh-rights-");
    private Kubernetes _client = null!;
    private WebApplication? _operator;

    private ApiServer Server => _cluster.StandIn;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _cluster.InitializeAsync();
        Assert.SkipUnless(_cluster.Cluster.CanRestart, $"installs under names that are in use on {_cluster.Cluster.Description}");
        _client = _cluster.CreateClient();
    }

    public async ValueTask DisposeAsync()
    {
        if (_operator is not null) await _operator.DisposeAsync();
        _client?.Dispose();
        await _cluster.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Operator_UsesEveryRightThatItHas_AndLacksNone()
    {
        _ = Server;
        await InstallWithoutDefinitionsAsync();
        await CreateNamespaceAsync("old", inject: "true");
        await CreatePodAsync("old", "missed");
        await SpoilWebhookCertificateAsync();

        await StartOperatorAsync();
        await DefinitionsComeAsync();
        await RotateAnchorsAsync();
        await WriteOneOfEachKindAsync();
        await AskBehindTheWatchesBackAsync();
        await _operator!.StopAsync(Cancelled);

        Assert.Empty(Server.Denials);
        Assert.Empty(Server.RightsOf(Space, Account).Except(Server.UsedRights).Select(right => right.ToString()));
    }

    [Fact]
    public async Task Operator_ReadsNoSecretButItsOwn_AndChangesNothingOfOthers()
    {
        await InstallWithoutDefinitionsAsync();
        var kubeconfig = await KubeConfigAsync();
        var kubectl = new Kubectl(kubeconfig);

        foreach (var refused in new[]
                 {
                     "get secrets -A", $"get secrets -n {Space}", $"get secret another -n {Space}", "get secret mesh-identity -n default", $"delete secret mesh-identity -n {Space}",
                     "delete namespace default", "delete pod web -n default", "delete mutatingwebhookconfiguration mesh-operator", "get clusterroles", $"get --raw /api/v1/namespaces/{Space}/pods/web/log",
                     "label crd others.example.com a=b", $"get configmaps -n {Space}",
                 })
        {
            Assert.Contains("orbidden", (await kubectl.RunAsync(refused.Split(' '))).Failed(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Operator_ChangesOfANamespaceItsOwnLabelAlone()
    {
        await InstallWithoutDefinitionsAsync();
        await CreateNamespaceAsync("team");
        (await _cluster.Kubectl.RunAsync("label", "namespace", "team", "pod-security.kubernetes.io/enforce=restricted", "mesh.io/inject=false")).Succeeded();
        var kubectl = new Kubectl(await KubeConfigAsync());
        // An API server reads a policy back before it goes by it.
        await Eventually.HoldsAsync(async () => (await kubectl.RunAsync("annotate", "namespace", "team", "a=b", "--dry-run=server")).Failed());

        foreach (var patch in new[]
                 {
                     """{"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "privileged"}}}""",
                     """{"metadata": {"labels": {"pod-security.kubernetes.io/enforce": null}}}""",
                     """{"metadata": {"labels": {"mesh.io/inject": "true", "another": "one"}}}""",
                     """{"metadata": {"labels": null}}""",
                     """{"metadata": {"annotations": {"mesh.io/mtls": "off"}}}""",
                     """{"metadata": {"ownerReferences": [{"apiVersion": "v1", "kind": "Namespace", "name": "gone", "uid": "gone"}]}}""",
                     """{"metadata": {"finalizers": ["mesh.io/never"]}}""",
                 })
        {
            Assert.Contains("ValidatingAdmissionPolicy 'mesh-operator' with binding 'mesh-operator' denied request: ", (await kubectl.RunAsync("patch", "namespace", "team", "--type=merge", "-p", patch)).Failed(), StringComparison.Ordinal);
        }
        (await kubectl.RunAsync("patch", "namespace", "team", "--type=merge", "-p", """{"metadata": {"labels": {"mesh.io/inject": null}}}""")).Succeeded();
        // Of anybody else it is none of the policy's business.
        (await _cluster.Kubectl.RunAsync("label", "namespace", "team", "pod-security.kubernetes.io/enforce=baseline", "--overwrite")).Succeeded();
    }

    // The definitions are left to the operator: a later release may bring a kind that helm has not.
    private async Task InstallWithoutDefinitionsAsync()
    {
        await CreateNamespaceAsync(Space);
        foreach (var folder in new[] { "rbac", "operator", "guard" })
        {
            (await _cluster.Kubectl.RunAsync("apply", "-k", Path.Combine(OperatorFixture.ConfigFolder, folder))).Succeeded();
        }
    }

    private async Task<string> KubeConfigAsync()
    {
        var path = Path.Combine(_folder.FullName, "kubeconfig");
        await _cluster.WriteKubeConfigAsync(path, Space, Account);
        return path;
    }

    private async Task StartOperatorAsync()
    {
        var loopback = new IPEndPoint(IPAddress.Loopback, 0);
        _operator = OperatorHost.Build(new() { Discovery = loopback, Admin = loopback, Webhook = loopback, Kubeconfig = await KubeConfigAsync() }, builder =>
        {
            builder.Services.AddSingleton(new AuthorityLoopOptions(TimeSpan.FromMilliseconds(200)));
            builder.Services.AddSingleton(new WebhookOptions { Namespace = Space, CheckInterval = TimeSpan.FromMilliseconds(200) });
        });
        await _operator.StartAsync(Cancelled);
        Server.MapService(Space, "mesh-webhook", 443, Listening(Listener.Webhook));
    }

    // As if it had been restored from a backup: replaced, not created.
    private async Task SpoilWebhookCertificateAsync() => await _client.CoreV1.CreateNamespacedSecretAsync(
        new V1Secret { Metadata = new() { Name = CertificateSecret.SecretName }, Type = "kubernetes.io/tls", Data = new Dictionary<string, byte[]> { ["tls.crt"] = [], ["tls.key"] = [] } },
        Space, cancellationToken: Cancelled);

    private Task DefinitionsComeAsync() => Eventually.HoldsAsync(async () =>
    {
        foreach (var definition in CustomResourceDefinitions.All) await _client.ReadCustomResourceDefinitionAsync(definition.Name(), cancellationToken: Cancelled);
    });

    private async Task RotateAnchorsAsync()
    {
        var before = "";
        await Eventually.HoldsAsync(async () => before = (await AnchorsAsync())!);
        // As the rotation before left it: replaced, not created.
        await _client.CoreV1.CreateNamespacedConfigMapAsync(new V1ConfigMap { Metadata = new() { Name = IdentityNames.ProgressConfigMap } }, Space, cancellationToken: Cancelled);
        (await _cluster.Kubectl.RunAsync("annotate", "secret", IdentityNames.Secret, "-n", Space, $"{IdentityNames.RotateAnnotation}=now")).Succeeded();
        await Eventually.HoldsAsync(async () => Assert.NotEqual(before, await AnchorsAsync()));
    }

    private async Task<string?> AnchorsAsync() =>
        (await _client.CoreV1.ReadNamespacedConfigMapAsync(IdentityNames.AnchorsConfigMap, Space, cancellationToken: Cancelled)).Data[IdentityNames.AnchorsEntry];

    private async Task WriteOneOfEachKindAsync()
    {
        // Another replica is to hear of them, which has said something before.
        await _client.CoreV1.CreateNamespacedConfigMapAsync(new V1ConfigMap { Metadata = new() { Name = "mesh-policy-progress" } }, Space, cancellationToken: Cancelled);
        (await ApplyAsync($$"""
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata:
              labels: {kubernetes.io/service-name: mesh-operator}
              namespace: {{Space}}
              name: mesh-operator-1
            addressType: IPv4
            endpoints:
              - addresses: [10.0.0.9]
                targetRef: {kind: Pod, name: another}
            """)).Succeeded();
        await CreateNamespaceAsync("shop");
        // The Service of the policy is not there yet: the webhook asks for it.
        await Eventually.HoldsAsync(async () => (await ApplyAsync($$"""
            {{ShopManifests.Policy("shop", "retries: {attempts: 1}")}}
            ---
            apiVersion: mesh.io/v1alpha1
            kind: AuthorizationPolicy
            metadata: {name: catalog, namespace: shop}
            spec: {action: Deny, rules: [{from: [{unauthenticated: true}]}]}
            ---
            apiVersion: mesh.io/v1alpha1
            kind: MeshConfig
            metadata: {name: default}
            spec: {}
            """)).Succeeded());
        await Eventually.HoldsAsync(async () =>
        {
            foreach (var policy in new[] { "trafficpolicy/catalog -n shop", "authorizationpolicy/catalog -n shop", "meshconfig/default" })
            {
                Assert.Contains("Accepted", (await _cluster.Kubectl.RunAsync(["get", .. policy.Split(' '), "-o", "jsonpath={.status.conditions[*].type}"])).Succeeded(), StringComparison.Ordinal);
            }
        });
        await Eventually.HoldsAsync(async () =>
            Assert.NotEmpty((await _client.CoreV1.ReadNamespacedConfigMapAsync("mesh-policy-progress", Space, cancellationToken: Cancelled)).BinaryData));
        await Eventually.HoldsAsync(async () => Assert.Contains((await _client.EventsV1.ListNamespacedEventAsync("old", cancellationToken: Cancelled)).Items, e => e.Reason == "NotInjected"));
        await Eventually.HoldsAsync(async () => Assert.Equal("true", (await _client.CoreV1.ReadNamespaceAsync("old", cancellationToken: Cancelled)).Metadata.Labels["mesh.io/inject"]));
    }

    // What is younger than the watches' last word is asked for by name.
    private async Task AskBehindTheWatchesBackAsync()
    {
        Server.SilenceWatches();
        await CreateNamespaceAsync("young", inject: "true");
        var pod = await CreatePodAsync("young", "web");
        Assert.Contains(pod.Spec.InitContainers, container => container.Name == "mesh-proxy");
        var token = await _client.CoreV1.CreateNamespacedServiceAccountTokenAsync(
            new Authenticationv1TokenRequest
            {
                Spec = new() { Audiences = ["mesh.io"], ExpirationSeconds = 600, BoundObjectRef = new() { ApiVersion = "v1", Kind = "Pod", Name = pod.Name(), Uid = pod.Uid() } },
            },
            "default", "young", cancellationToken: Cancelled);
        using var client = new CertifyClient(Listening(Listener.Discovery), IdentityFixture.NewSource());
        await client.CertifyAsync(token.Status.Token);
    }

    private async Task CreateNamespaceAsync(string name, string? inject = null)
    {
        var annotations = inject is null ? null : new Dictionary<string, string> { ["mesh.io/inject"] = inject };
        await _client.CoreV1.CreateNamespaceAsync(new V1Namespace { Metadata = new() { Name = name, Annotations = annotations } }, cancellationToken: Cancelled);
        // The stand-in has no controller that would.
        if (_cluster.Cluster.StandIn is not null) await _client.CoreV1.CreateNamespacedServiceAccountAsync(new V1ServiceAccount { Metadata = new() { Name = "default" } }, name, cancellationToken: Cancelled);
    }

    private async Task<V1Pod> CreatePodAsync(string ns, string name) => await _client.CoreV1.CreateNamespacedPodAsync(
        new V1Pod { Metadata = new() { Name = name }, Spec = new() { ServiceAccountName = "default", Containers = [new() { Name = "app", Image = "app" }] } }, ns, cancellationToken: Cancelled);

    private Task<ToolResult> ApplyAsync(string manifest) => _cluster.Kubectl.RunWithInputAsync(manifest, "apply", "-f", "-");

    private IPEndPoint Listening(Listener listener) => _operator!.Services.GetRequiredService<Listeners>().AddressOf(listener);
}
